"""Domain functions from the event loop: a bounded number of threads, each with its own connection.

Channels' own bridge runs everything in one thread per process, so that one slow query would hold
every socket; and it closes old connections in another thread than the one that used them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

from backend.chat.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

WAITING_MOST = 2000
_threads = ThreadPoolExecutor(settings.DATABASE_THREADS, thread_name_prefix="database")
_waiting = 0


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a domain function in a database thread. Raises `Unavailable` when too many wait."""
    global _waiting
    if _waiting >= WAITING_MOST:
        raise Unavailable
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(
            _threads, lambda: _call(function, *args, **kwargs)
        )
    finally:
        _waiting -= 1


def _call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()
