"""Who is in which room through this process, and telling those present who came and went.

A person is present while one of their sockets is joined. A socket that is lost counts for a while
longer, so that the reload of a page does not flicker.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError

from backend.chat import accounts, presence
from backend.chat.accounts import Person
from backend.chat.models import User, Worker
from backend.contract import frames, shapes

from .database import run, run_at_start
from .gathering import Gathered

if TYPE_CHECKING:
    from .connection import Connection
    from .hub import Hub

logger = logging.getLogger(__name__)
T = TypeVar("T")

GRACE_SECONDS = 15.0
# Rooms are looked at when something happened in them, and all of them this often, for what
# happened elsewhere without a word: a worker that died, an announcement that was lost.
REVIEW_SECONDS = 10.0


@dataclass(frozen=True)
class Joined:
    """How and when a socket joined a room: the form for its frames, the room's head then."""

    form: frames.Form
    head_seq: int


class LocalPresence:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._worker: Worker | None = None
        self._renewing = asyncio.Lock()
        self._entering = Gathered(self._enter_all, hub.arriving)
        self._here: defaultdict[int, defaultdict[int, set[Connection]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._grace: dict[tuple[int, int], asyncio.TimerHandle] = {}
        self._shown: dict[int, set[int]] = {}
        self._touched: set[int] = set()
        # Departures that the database did not take.
        self._unrecorded: set[tuple[int, int]] = set()
        self._beaten = self._reviewed = 0.0

    async def start(self) -> None:
        self._worker = await run_at_start(presence.register)

    async def stop(self) -> None:
        for timer in self._grace.values():
            timer.cancel()
        if self._worker is not None:
            try:
                await run(presence.retire, worker=self._worker)
            except Exception as error:
                logger.warning("could not end the presence lease: %s", type(error).__name__)

    def has(self, room: int) -> bool:
        return room in self._here

    def others(self, room: int, *, than: int) -> Iterable[Connection]:
        """The sockets joined to the room, but for one person's."""
        for user, connections in self._here.get(room, {}).items():
            if user != than:
                yield from connections

    # -- coming and going ---------------------------------------------------------------------

    async def join(
        self, connection: Connection, room: int, joined: Joined
    ) -> tuple[list[Person], int]:
        """The socket is in the room; recorded when this returns. Answers who is online there."""
        user = connection.user
        self._here[room][user.pk].add(connection)
        connection.joined[room] = joined
        if timer := self._grace.pop((room, user.pk), None):
            timer.cancel()
        online = await self._recorded(lambda: self._entering.ask((user, room)))
        self.touch(room)
        return online

    async def _recorded(self, record: Callable[[], Awaitable[T]]) -> T:
        lease = self._worker
        try:
            return await record()
        except IntegrityError:  # the lease was removed meanwhile
            async with self._renewing:
                if self._worker is lease:
                    await self._register_anew()
            return await record()

    def _enter_all(self, entering: Sequence[tuple[User, int]]) -> list[tuple[list[Person], int]]:
        return presence.enter_all(worker=self._lease(), entering=entering)

    def lost(self, connection: Connection) -> None:
        """The socket is gone; the person may be back in a moment."""
        for room in list(connection.joined):
            if self._remove(connection, room):
                pair = room, connection.user.pk
                self._grace[pair] = self._hub.loop.call_later(GRACE_SECONDS, self._gone, *pair)

    def left(self, connection: Connection, room: int) -> None:
        """The socket left the room on purpose."""
        if room in connection.joined and self._remove(connection, room):
            self._gone(room, connection.user.pk)

    def evict(self, room: int, *, user: int, before_seq: int) -> None:
        """The person is no longer a member; sockets that joined after `before_seq` stay."""
        for connection in self._sockets(room, user):
            if connection.joined[room].head_seq < before_seq:
                self.left(connection, room)
        if (room, user) in self._grace:
            self._grace.pop((room, user)).cancel()
            self._gone(room, user)

    def _sockets(self, room: int, user: int) -> list[Connection]:
        return list(self._here[room][user]) if user in self._here.get(room, {}) else []

    def room_deleted(self, room: int) -> None:
        for user, connections in list(self._here.get(room, {}).items()):
            for connection in list(connections):
                self._remove(connection, room)
            self._gone(room, user)
        self._shown.pop(room, None)

    def _remove(self, connection: Connection, room: int) -> bool:
        """True when it was the person's last socket here."""
        connection.joined.pop(room, None)
        people = self._here[room]
        people[connection.user.pk].discard(connection)
        if people[connection.user.pk]:
            return False
        del people[connection.user.pk]
        if not people:
            del self._here[room]
            self._shown.pop(room, None)
            self._hub.tidy(room)
        return True

    def _gone(self, room: int, user: int) -> None:
        self._grace.pop((room, user), None)
        if user not in self._here.get(room, {}):
            self._hub.spawn(self._depart(room, user))

    async def _depart(self, room: int, user: int) -> None:
        try:
            await run(presence.depart, worker=self._lease(), room=room, user=user)
            if user in self._here.get(room, {}):  # back while the departure was recorded
                await self._recorded(lambda: self._arrive([(room, user)]))
            self.touch(room)
        except Exception as error:
            logger.warning("could not record a departure: %s", type(error).__name__)
            self._unrecorded.add((room, user))

    # -- telling ------------------------------------------------------------------------------

    def touch(self, room: int) -> None:
        """Somebody came or went through this process."""
        self.touched(room)
        self._hub.layer.send({"kind": "presence", "room": room})

    def touched(self, room: int) -> None:
        if room in self._here:
            self._touched.add(room)

    async def tick(self, now: float) -> None:
        if now - self._beaten >= presence.HEARTBEAT_SECONDS:
            self._beaten = now
            if not await run(presence.beat, worker=self._lease()):
                await self._register_anew()
        if now - self._reviewed >= REVIEW_SECONDS:
            self._reviewed = now
            self._touched.update(self._here)
        unrecorded, self._unrecorded = self._unrecorded, set()
        for pair in unrecorded:
            self._gone(*pair)
        rooms, self._touched = self._touched, set()
        if rooms:
            await self._tell(rooms)

    async def _tell(self, rooms: set[int]) -> None:
        now: defaultdict[int, set[int]] = defaultdict(set)
        for room, user in await run(presence.pairs, rooms=rooms):
            now[room].add(user)
        changed = {}
        for room in rooms & self._here.keys():
            before = self._shown.get(room, set())
            if before != now[room]:
                changed[room] = now[room] - before, before - now[room]
                self._shown[room] = now[room]
        moved = {user for come, gone in changed.values() for user in come | gone}
        users = {user.pk: user for user in await run(_load, moved)} if moved else {}
        for room, (come, gone) in changed.items():
            self._send(room, [users[pk] for pk in come], [users[pk] for pk in gone], len(now[room]))

    def _send(self, room: int, come: list[User], gone: list[User], online: int) -> None:
        data = {
            "joined": [shapes.User.of(user) for user in come[: presence.SHOWN]],
            "left": [shapes.User.of(user) for user in gone[: presence.SHOWN]],
            "online": online,
        }
        notice = frames.notice("presence", data, room=room)
        for connections in self._here.get(room, {}).values():
            for connection in connections:
                connection.offer(connection.joined[room].form.frame(notice))

    def _lease(self) -> Worker:
        if self._worker is None:
            raise RuntimeError("no lease before start()")
        return self._worker

    async def _register_anew(self) -> None:
        """Our lease was removed: this process was frozen, or away from the database."""
        self._worker = await run(presence.register)
        here = [(room, user) for room, people in self._here.items() for user in people]
        await self._arrive([*here, *self._grace])

    async def _arrive(self, pairs: list[tuple[int, int]]) -> None:
        await run(presence.arrive, worker=self._lease(), pairs=pairs)


def _load(pks: set[int]) -> list[User]:
    return list(accounts.in_order(pks=pks))
