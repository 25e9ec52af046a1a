"""The hub's one channel on the channel layer: a wake-up for the other processes, never the truth.

It hears its own heartbeat. When it does not, the layer has lost it (Redis restarted or frozen,
group membership expired), and it builds itself anew: that a `group_add` alone would mend it does
not hold for the pub/sub layer.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
DEAF_SECONDS = 3 * HEARTBEAT_SECONDS
SEND_SECONDS = 2.0
WAITING_MOST = 10_000


class Layer:
    def __init__(self, layer: Any, receive: Callable[[dict[str, Any]], None]) -> None:
        self.key = uuid.uuid4().hex
        self._layer = layer
        self._receive = receive
        self._group = ""
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING_MOST)
        self._wake = asyncio.Event()
        self._heard = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []
        self._receiver: asyncio.Task[None] | None = None

    @property
    def is_heard(self) -> bool:
        return self.heartbeat_age < DEAF_SECONDS

    @property
    def heartbeat_age(self) -> float:
        return time.monotonic() - self._heard

    def start(self, *, group: str) -> None:
        """Speak to the hubs of `group`: those of the same database, on whichever Redis."""
        self._group = group
        loop = asyncio.get_running_loop()
        self._receiver = loop.create_task(self._receive_for_ever())
        self._tasks = [
            loop.create_task(self._send_for_ever()),
            loop.create_task(self._watch_for_ever()),
        ]

    async def stop(self) -> None:
        for task in (*self._tasks, self._receiver):
            if task is not None:
                task.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._layer.flush(), SEND_SECONDS)

    def send(self, message: dict[str, Any]) -> None:
        """Tell the other hubs, soon; what cannot be sent is dropped, for the log has it."""
        self._waiting.append(message)
        self._wake.set()

    async def _send_for_ever(self) -> None:
        failing = False
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch = list(self._waiting)
            self._waiting.clear()
            message = {"type": "hub", "from": self.key, "batch": batch}
            try:
                await asyncio.wait_for(self._layer.group_send(self._group, message), SEND_SECONDS)
                failing = False
            except Exception as error:
                if not failing:
                    logger.warning("the channel layer does not take: %s", type(error).__name__)
                failing = True

    async def _receive_for_ever(self) -> None:
        channel = await self._layer.new_channel()
        await self._layer.group_add(self._group, channel)
        while True:
            message = await self._layer.receive(channel)
            self._heard = time.monotonic()
            if message["from"] == self.key:
                continue
            for part in message["batch"]:
                self._hand_on(part)

    def _hand_on(self, part: dict[str, Any]) -> None:
        # A hub of another version may send what this one does not know: the log repairs it.
        try:
            self._receive(part)
        except Exception:
            logger.exception("an announcement could not be taken")

    async def _watch_for_ever(self) -> None:
        while True:
            self._wake.set()  # an empty batch is the heartbeat
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if not self.is_heard or (self._receiver and self._receiver.done()):
                await self._rebuild()

    async def _rebuild(self) -> None:
        logger.warning("the channel layer is not heard; subscribing anew")
        if self._receiver is not None:
            self._receiver.cancel()
            await asyncio.gather(self._receiver, return_exceptions=True)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._layer.flush(), SEND_SECONDS)
        self._receiver = asyncio.get_running_loop().create_task(self._receive_for_ever())
