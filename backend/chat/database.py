"""Transactions that write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from .errors import Unavailable

TURN_SECONDS = 3.0
_turn = threading.RLock()


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic`, in turn with this process's other writers on SQLite.

    SQLite lets one write at a time, and those who wait for its lock poll, so that some wait for
    seconds while others pass. Always the outermost transaction: taken inside of another one, the
    turn and SQLite's lock could be held by two threads that wait for each other.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    # Waiting for the turn and for SQLite's own lock ends before a socket's action gives up, so
    # that what was answered with `unavailable` is not stored a moment later.
    if not _turn.acquire(timeout=TURN_SECONDS):
        raise Unavailable
    try:
        with transaction.atomic():
            yield
    finally:
        _turn.release()
