"""Messages of this process's sockets, committed together: what comes while a transaction runs goes
into the next one.

One transaction at a time, so that the messages of a room keep the order in which they were offered.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from django.db import DataError, IntegrityError

from backend.chat.errors import Unavailable
from backend.chat.posting import Draft, Posted, post_together

from .database import run

if TYPE_CHECKING:
    from .hub import Hub

TOGETHER_MOST = 256
# Those who were answered just now have this long to send what goes into the next transaction. Else
# two halves of a room's messages take turns, and everything is done twice.
GATHERING_SECONDS = 0.003
# What waited longer is refused: its sender will soon be told that it failed, and it must not be
# stored after that.
WAIT_SECONDS = 2.0


class Offered(NamedTuple):
    draft: Draft
    at: float
    outcome: asyncio.Future[Posted]


class LocalPosting:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._next: deque[Offered] = deque()
        self._running = False
        # While the next transaction waits for more: how many are worth it.
        self._worth = 0
        self._gathered: asyncio.Event = asyncio.Event()
        # What is for rooms that another transaction holds; each room has a task of its own.
        self._held: dict[int, deque[Offered]] = {}

    async def post(self, draft: Draft) -> Posted:
        """Committed when this returns. Raises what the domain raises for this draft."""
        offered = Offered(draft, time.monotonic(), self._hub.loop.create_future())
        if draft.room in self._held:
            self._held[draft.room].append(offered)
        else:
            self._next.append(offered)
            if len(self._next) >= self._worth:
                self._gathered.set()
            if not self._running:
                self._running = True
                self._hub.spawn(self._commit_all())
        return await offered.outcome

    async def _commit_all(self) -> None:
        try:
            while self._next:
                offered = len(self._next)
                self._hold(await self._commit(self._next, wait=False))
                await self._gather(offered)
        finally:
            self._running = False

    async def _gather(self, answered: int) -> None:
        """Let as many as were answered send again, but not for long."""
        self._worth = len(self._next) + min(answered, TOGETHER_MOST)
        self._gathered.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHERING_SECONDS):
                await self._gathered.wait()

    def _hold(self, passed_over: list[Offered]) -> None:
        """Let these wait for their rooms, and what was offered for the rooms since."""
        rooms = {offered.draft.room for offered in passed_over}
        if rooms:
            later = [offered for offered in self._next if offered.draft.room in rooms]
            self._next = deque(o for o in self._next if o.draft.room not in rooms)
            for offered in passed_over + later:
                self._held.setdefault(offered.draft.room, deque()).append(offered)
            for room in rooms:
                self._hub.spawn(self._commit_held(room))

    async def _commit_held(self, room: int) -> None:
        try:
            while self._held[room]:
                await self._commit(self._held[room], wait=True)
        finally:
            del self._held[room]

    async def _commit(self, queue: deque[Offered], *, wait: bool) -> list[Offered]:
        """Store the next of a queue; those whose room was passed over are returned."""
        batch = _take(queue)
        try:
            return await self._store(batch, wait=wait)
        except (IntegrityError, DataError) as error:
            await self._store_singly(batch, error)
        except Exception as error:
            # What comes next would wait as long, and in vain.
            for offered in (*batch, *queue):
                _settle(offered, error)
            queue.clear()
        return []

    async def _store(self, batch: list[Offered], *, wait: bool) -> list[Offered]:
        if not batch:
            return []
        outcomes = await run(post_together, [offered.draft for offered in batch], wait=wait)
        for offered, outcome in zip(batch, outcomes, strict=True):
            if outcome is not None:
                _settle(offered, outcome)
        return [offered for offered, outcome in zip(batch, outcomes, strict=True) if not outcome]

    async def _store_singly(self, batch: list[Offered], error: Exception) -> None:
        """One of them cannot be stored: it fails alone."""
        if len(batch) == 1:
            _settle(batch[0], error)
            return
        for offered in batch:
            await self._commit(deque([offered]), wait=True)


def _take(queue: deque[Offered]) -> list[Offered]:
    """The next ones, without those whose sender has given up or waited too long."""
    batch: list[Offered] = []
    while queue and len(batch) < TOGETHER_MOST:
        offered = queue.popleft()
        if time.monotonic() - offered.at > WAIT_SECONDS:
            _settle(offered, Unavailable())
        elif not offered.outcome.done():
            batch.append(offered)
    return batch


def _settle(offered: Offered, outcome: Posted | Exception) -> None:
    if offered.outcome.done():  # its sender has given up
        return
    if isinstance(outcome, Posted):
        offered.outcome.set_result(outcome)
    else:
        offered.outcome.set_exception(outcome)
