"""Stand-ins for what surrounds the parts under test: sockets, events, the hub of a process."""

from __future__ import annotations

import asyncio
import copy
import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from backend.contract.frames import FLAT, Address
from backend.realtime.feed import Announced, Feed, Subscription


class FakeConnection:
    """A socket that keeps what it was offered."""

    def __init__(self, user: Any = None) -> None:
        self.user = user if user is not None else SimpleNamespace(pk=1)
        self.address = "192.0.2.1"
        self.login = SimpleNamespace(sid=uuid4(), user=self.user)
        self.frames: list[bytes] = []
        self.forgotten: list[Subscription] = []
        self.subscribed: dict[Any, Subscription] = {}
        self.joined: dict[int, Any] = {}
        self.closed: list[int] = []
        self.ended = True
        self.outbox = SimpleNamespace(waiting=0)

    def offer(self, *frames: bytes) -> None:
        self.frames.extend(frames)

    def forget(self, subscription: Subscription) -> None:
        self.forgotten.append(subscription)

    def tick(self, now: float) -> None:
        pass

    def abort(self) -> None:
        pass

    def end(self, room: int, reason: str) -> None:
        for key, subscription in list(self.subscribed.items()):
            if key.room == room:
                subscription.end(reason)

    def close(self, code: int, reason: str, **options: Any) -> None:
        self.closed.append(code)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.frames]

    @property
    def seqs(self) -> list[int]:
        """The seqs of the events that came."""
        return [frame["seq"] for frame in self.told if "seq" in frame]


def event(seq: int, **options: Any) -> Announced:
    return Announced(seq, b',"seq":%d}' % seq, **options)


def subscribed(feed: Feed, connection: FakeConnection, request_id: Any = "r") -> Subscription:
    """A subscription that is not released yet."""
    subscription = Subscription(feed, connection, Address.of(FLAT, request_id))  # type: ignore[arg-type]
    feed.subscriptions.add(subscription)
    return subscription


class FakeHub:
    """As much of a hub as its parts need; `said` is what other processes would hear from it."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.said: list[dict[str, Any]] = []
        self.layer = SimpleNamespace(send=self.said.append, is_heard=True)
        self.arriving = asyncio.Lock()
        self.tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Any) -> None:
        self.tasks.add(self.loop.create_task(work))

    def tidy(self, room: int) -> None:
        pass


class Bus:
    """What lies between processes: who is in the group, by process and channel.

    `frozen` takes messages and never answers, `broken` raises, `drops` loses all but heartbeats;
    what is `held` waits to be passed on.
    """

    def __init__(self) -> None:
        self.members: dict[tuple[Channels, str], asyncio.Queue[dict[str, Any]]] = {}
        self.broken = self.frozen = self.drops = False
        self.held: list[dict[str, Any]] | None = None

    def pass_on(self, message: dict[str, Any]) -> None:
        for queue in self.members.values():
            queue.put_nowait(copy.deepcopy(message))


class Channels:
    """One process's side of it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    async def new_channel(self) -> str:
        channel = f"channel-{len(self.queues)}"
        self.queues[channel] = asyncio.Queue()
        return channel

    async def group_add(self, group: str, channel: str) -> None:
        self.bus.members[self, channel] = self.queues[channel]

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.bus.broken:
            raise ConnectionError
        if self.bus.frozen:
            await asyncio.Event().wait()
        if message["batch"] and self.bus.held is not None:
            self.bus.held.append(message)
        elif not (message["batch"] and self.bus.drops):
            self.bus.pass_on(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self.queues[channel].get()

    async def flush(self) -> None:
        for key in [key for key in self.bus.members if key[0] is self]:
            del self.bus.members[key]


async def until(condition: Any, seconds: float = 5.0) -> None:
    """Wait until it is true; fail after some seconds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
