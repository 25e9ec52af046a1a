"""A client that lives through anything: it resumes, repeats what was not answered, and takes notes.

All of it runs in one event loop, so that fifty of them are cheap; see `crowd`.
"""

import asyncio
import itertools
import json
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from .journal import Journal, Received, Sent
from .people import unique
from .sockets import Frame, is_reply

LOST = (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError, EOFError)
# One in so many unanswered sends is not repeated: it stays unknown.
GIVES_UP = 5


class Line:
    """One open socket: replies find who asked for them, all else goes to `on_frame`."""

    def __init__(self, ws: ClientConnection, on_frame: Callable[[Frame], None]) -> None:
        self.ws, self._on_frame = ws, on_frame
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Frame]] = {}

    async def request(self, action: str, /, **fields: Any) -> Frame:
        """Raises one of `LOST` when the socket ends before the answer."""
        number = next(self._ids)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            await self.ws.send(json.dumps({"action": action, "request_id": number, **fields}))
            return await answer
        finally:
            self._asked.pop(number, None)

    async def read_for_ever(self) -> None:
        try:
            async for text in self.ws:
                frame = json.loads(text)
                asked = self._asked.get(frame.get("request_id")) if is_reply(frame) else None
                if asked is None:
                    self._on_frame(frame)
                elif not asked.done():
                    asked.set_result(frame)
        except ConnectionClosed:
            pass
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(OSError("the socket ended"))
                    asked.exception()  # nobody may be waiting for it any more
        raise OSError("the socket ended")


def dial(url: str, token: str, **options: Any) -> connect:
    return connect(
        f"{url}?token={token}",
        compression=None,
        proxy=None,
        ping_interval=None,
        close_timeout=1,
        open_timeout=10,
        max_size=None,
        **options,
    )


class SimulatedClient:
    """Reads one room, from `began_at` on and for ever, and posts to it while `writing` is set.

    `in_flight` sends are under way at any moment, each of them followed by `pause` seconds.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str,
        room: int,
        journal: Journal,
        chance: random.Random,
        writing: asyncio.Event,
        in_flight: int = 0,
        pause: float = 0.0,
        text: Callable[[str], str] = lambda client_id: f"canary-{client_id}",
    ) -> None:
        self._url, self._token, self._room = url, token, room
        self.journal = journal
        self._chance, self._writing = chance, writing
        self._in_flight, self._pause, self._text = in_flight, pause, text
        self._numbers = itertools.count()
        self._again: deque[str] = deque()
        self._under_way = 0
        # Live events, while what was missed is still being read.
        self._held: list[Frame] | None = None
        self._wait = 0.0

    @property
    def has_unanswered(self) -> bool:
        return bool(self._again or self._under_way)

    async def live(self) -> None:
        failures = 0
        while True:
            connections = self.journal.connections
            try:
                async with dial(self._url, self._token) as ws:
                    await self._converse(Line(ws, self._take))
            except* LOST:
                pass
            failures = 0 if self.journal.connections > connections else min(failures + 1, 5)
            wait, self._wait = self._wait, 0.0
            # With jitter, as clients should.
            await asyncio.sleep(max(wait, self._chance.uniform(0.02, 0.05) * 2**failures))

    async def _converse(self, line: Line) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(line.read_for_ever())
            await self._resume(line)
            self.journal.connections += 1
            for _ in range(self._in_flight):
                group.create_task(self._send_for_ever(line))

    # -- reading -----------------------------------------------------------------------------

    async def _resume(self, line: Line) -> None:
        self._held = []
        while True:
            position = self.journal.position
            reply = await line.request(
                "subscribe_to_messages_in_room", pk=self._room, after_seq=position
            )
            if reply["response_status"] == 201:
                break
            self._expect_unavailable(reply)
            await asyncio.sleep(0.1)
        if not reply["data"]["complete"]:
            await self._read_missed(line, reply["data"]["head_seq"])
        held, self._held = self._held, None
        for frame in held:
            self._take(frame)

    async def _read_missed(self, line: Line, head: int) -> None:
        """Too much was missed for the subscription to bring it."""
        while (position := self.journal.position) < head:
            rooms = {str(self._room): position}
            reply = await line.request("sync", rooms=rooms, limit=1000)
            if reply["response_status"] != 200:
                self._expect_unavailable(reply)
                continue
            for event in reply["data"]["rooms"][str(self._room)]["results"]:
                if event["seq"] <= head:
                    self._note(event)

    def _take(self, frame: Frame) -> None:
        if frame["action"] == "bye":
            self.journal.goodbyes.append(frame["data"]["code"])
            self._wait = frame["data"]["retry_after_ms"] / 1000
        elif "event" in frame:
            if self._held is None:
                self._note(frame)
            else:
                self._held.append(frame)
        elif frame["action"] == "subscription.ended":
            self.journal.breaches.append(f"the subscription was ended: {frame['data']}")

    def _note(self, event: dict[str, Any]) -> None:
        data = event["data"] if event["event"] == "message.created" else {}
        self.journal.received.append(
            Received(
                event["seq"],
                event["event"],
                time.monotonic(),
                data.get("client_id"),
                data.get("text"),
            )
        )

    # -- writing -----------------------------------------------------------------------------

    async def _send_for_ever(self, line: Line) -> None:
        while True:
            if not self._again:
                await self._writing.wait()
            await self._send(line, self._again.popleft() if self._again else self._new())
            if self._pause:
                await asyncio.sleep(self._pause * self._chance.uniform(0.5, 1.5))

    def _new(self) -> str:
        client_id = f"{self.journal.name}:{next(self._numbers)}"
        self.journal.sent[client_id] = Sent(unique(self._text(client_id)), time.monotonic())
        return client_id

    async def _send(self, line: Line, client_id: str) -> None:
        sent = self.journal.sent[client_id]
        sent.at = time.monotonic()
        self._under_way += 1
        try:
            reply = await line.request(
                "create_message", pk=self._room, message=sent.text, client_id=client_id
            )
        except (*LOST, asyncio.CancelledError):  # the second when the group of tasks is ended first
            if self._chance.randrange(GIVES_UP):
                self._again.append(client_id)
            raise
        finally:
            self._under_way -= 1
        if reply["response_status"] in (200, 201):
            sent.seq, sent.answered_at = reply["data"]["seq"], time.monotonic()
        elif self._expect_unavailable(reply):
            self._again.append(client_id)
            await asyncio.sleep(reply["errors"][0].get("retry_after_ms", 100) / 1000)
        else:
            sent.refusal = str(reply["errors"])

    def _expect_unavailable(self, reply: Frame) -> bool:
        """The one refusal that passes by itself."""
        passes = reply["response_status"] == 503
        if not passes:
            self.journal.breaches.append(f"refused: {reply['action']} {reply['errors']}")
        return passes
