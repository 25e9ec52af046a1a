"""Domain functions from the event loop: a bounded number of threads, each with its own connection.

A thread keeps its connection, so their number is bounded as well. A pool on top of it would only
make a store that is back wait for seconds, until the pool tries again.
Channels' own bridge runs everything in one thread per process, so that one slow query would hold
every socket; and it closes old connections in another thread than the one that used them.
"""

import asyncio
import logging
import select
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import OperationalError, connection

from backend.chat.errors import Unavailable
from backend.contract import log_context

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

WAITING_MOST = 2000
# For a thread that is free; all waits together stay below a socket's deadline for an action.
WAIT_SECONDS = 3.0
START_AGAIN_SECONDS = 0.5


class Threads:
    """So many at most, each with a connection of its own."""

    def __init__(self, name: str, count: int) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._count = count
        self._calls = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread. Raises `Unavailable` when too many wait, or for too long."""
        if self._calls >= WAITING_MOST:
            raise Unavailable
        self._calls += 1
        try:
            call = self._executor.submit(
                _call, log_context.current(), lambda: function(*args, **kwargs)
            )
            answer = asyncio.wrap_future(call)
            if self._calls > self._count:
                done, _ = await asyncio.wait([answer], timeout=WAIT_SECONDS)
                if not done and call.cancel():  # it has not begun
                    raise Unavailable
            return await answer
        finally:
            self._calls -= 1


_database = Threads("database", settings.DATABASE_THREADS)
run = _database.run


async def run_at_start(function: Callable[[], T]) -> T:
    """Call a function in a thread, and again and again while the store is away.

    A worker that failed at its start would be the end of all others: its supervisor takes it for
    code that cannot work. What is wrong with a store that answers is raised.
    """
    told = False
    while True:
        try:
            return await run(function)
        except OperationalError as error:
            if connection.vendor == "sqlite":  # a missing table is one too, and a file is not away
                raise
            if not told:
                logger.warning("waiting for the database: %s", str(error).strip())
            told = True
        await asyncio.sleep(START_AGAIN_SECONDS)


def _call(fields: dict[str, Any], function: Callable[[], T]) -> T:
    # Not the whole context: Django keeps its caches in it, which belong to the thread.
    log_context.begin(fields)
    if _is_broken():
        connection.close()
    try:
        return function()
    finally:
        if connection.errors_occurred:
            connection.close()


def _is_broken() -> bool:
    """Whether the store has ended this thread's idle connection: then there is something to read.

    Asking with a query, as Django does, would cost as much as the work itself.
    """
    raw: Any = connection.connection
    if raw is None or connection.vendor == "sqlite":
        return False
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))
