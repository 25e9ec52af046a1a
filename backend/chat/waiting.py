"""Who waits for a room's next event in this process, without a thread or a connection.

Only ever touched in the event loop's thread: whoever learns of events there calls `wake`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager

_waiting: defaultdict[int, set[Callable[[], None]]] = defaultdict(set)


@contextmanager
def waiting_for(room: int, callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback()` whenever the room has news."""
    _waiting[room].add(callback)
    try:
        yield
    finally:
        _waiting[room].discard(callback)
        if not _waiting[room]:
            del _waiting[room]


def rooms() -> Set[int]:
    """The rooms somebody waits for."""
    return _waiting.keys()


def wake(room: int) -> None:
    for callback in list(_waiting.get(room, ())):
        callback()
