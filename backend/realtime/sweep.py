"""What a hub looks after once a second: everything that works although no announcement came.

Heads of rooms, ended logins, bans, presence, inboxes: a handful of queries for the whole process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from backend.chat import expiry, members, sessions, waiting

from .announcing import heads
from .database import run

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
CLEAR_SECONDS = 3600
# Revocations are read with an overlap, since rows become visible later than they are stamped.
REVOCATION_OVERLAP = timedelta(seconds=10)


class Sweep:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._heads: dict[int, int] = {}
        self._cleared = 0.0
        self._revocations_read = time.monotonic()

    async def tick(self) -> None:
        """Let time pass for the sockets, whether the database answers or not. Until cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            for connection in list(self._hub.connections):
                connection.tick(now)

    async def run(self) -> None:
        """Until cancelled; a second that fails is made up for by the next."""
        failing = False
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            try:
                await self._compare_heads()
                await self._read_revocations()
                await self._hub.presence.tick(now)
                await self._hub.inboxes.tick(now)
                if now - self._cleared >= CLEAR_SECONDS:
                    self._cleared = now
                    await run(expiry.clear)
                failing = False
            except Exception as error:
                if not failing:
                    logger.warning("the hub cannot reach the database: %s", type(error).__name__)
                failing = True

    async def _compare_heads(self) -> None:
        feeds, inboxes = self._hub.feeds, self._hub.inboxes
        rooms = {*feeds, *waiting.rooms(), *inboxes.rooms()}
        if not rooms:
            return
        self._heads, before = await run(heads, rooms), self._heads
        for room, head in self._heads.items():
            inboxes.behind(room, head)
            feed = feeds.get(room)
            if feed is None:
                if before.get(room) != head:
                    waiting.wake(room)
            elif feed.next_seq is not None and (head < 0 or head > feed.head):
                self._hub.repair(room)

    async def _read_revocations(self) -> None:
        now = time.monotonic()
        within = timedelta(seconds=now - self._revocations_read) + REVOCATION_OVERLAP
        ended = await run(sessions.recently_ended, within=within)
        self._revocations_read = now
        for connection in list(self._hub.connections) if ended else []:
            active = ended.get(connection.login.sid)
            if active is True:
                connection.close(4401, "revoked", reconnect=False, at_once=True)
            elif active is False:
                connection.close(4403, "deactivated", reconnect=False, at_once=True)
        for room, user in await run(members.recently_banned, within=within):
            self._evict_banned(room, user)

    def _evict_banned(self, room: int, user: int) -> None:
        """A ban of somebody who is no member is in no log; their subscriptions end all the same."""
        for connection in [c for c in self._hub.connections if c.user.pk == user]:
            connection.end(room, "banned")
            self._hub.presence.left(connection, room)
