"""What the tests of the inbox share: an inbox around a fake hub, and news as a hub has it."""

from __future__ import annotations

from typing import Any

from backend.chat import events, messages, unread
from backend.chat.models import User
from backend.contract.frames import FLAT, Address
from backend.realtime.announcing import Announcement, announcement
from backend.realtime.database import run
from backend.realtime.inbox import LocalInboxes

from .fakes import FakeConnection, FakeHub


class Inboxes:
    """Takes no news by itself: a test does, in an order of its own.

    `asked` grows with every question to the database about markers.
    """

    def __init__(self) -> None:
        self.hub = FakeHub()
        self.local = LocalInboxes(self.hub)  # type: ignore[arg-type]
        self.news: list[Announcement] = []
        self.asked = 0
        self.now = 100.0

    def listen(self, news: events.Change | unread.Marker) -> None:
        if isinstance(news, events.Change):
            self.news.append(announcement(news))

    def taken(self) -> list[Announcement]:
        """The news so far, not yet told to the inbox."""
        taken, self.news = self.news, []
        return taken

    async def take(self, news: list[Announcement] | None = None) -> None:
        for one in self.taken() if news is None else news:
            self.local.take(one)
        await self.settle()

    async def settle(self) -> None:
        """Let end what was begun in the hub."""
        for task in [*self.hub.tasks]:
            await task
        self.hub.tasks.clear()

    async def tick(self, seconds: float = 1.0) -> None:
        self.now += seconds
        await self.local.tick(self.now)
        await self.settle()

    async def open(self, user: User, key: str = "1") -> FakeConnection:
        """A socket that asked for its inbox, and had its reply."""
        connection = FakeConnection(user)
        address = Address.of(FLAT, key)
        opened = await self.local.open(connection, key, address)  # type: ignore[arg-type]
        connection.overview = opened.overview()  # type: ignore[attr-defined]
        opened.release()
        await self.tick()  # looks everything up once more
        assert connection.told == []
        self.news.clear()
        self.asked = 0
        return connection

    async def say(self, author: User, room: int, *texts: str) -> list[int]:
        """Posted, with news of it; the pks."""
        return [
            (await run(messages.post, author=author, room=room, message=text)).message.pk
            for text in texts
        ]


def told(connection: FakeConnection) -> list[tuple[Any, ...]]:
    """What came since the last look: (room, head, unread, mentions, marker), or what happened."""
    frames, connection.frames[:] = connection.told, []
    return [
        (frame["room"], *frame["data"].values())
        if frame["action"] == "inbox"
        else (frame["room"], frame["action"], frame["data"].get("reason"))
        for frame in frames
    ]
