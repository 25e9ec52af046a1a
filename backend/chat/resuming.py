"""Coming back: what subscribers missed, for many at once, as after a restart or a lost network."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from . import events, policy
from .errors import ChatError
from .events import LogPage
from .models import Event, Room, User
from .policy import Seen

# A subscriber who missed more reads it over REST.
RESUME_MOST = 1000


class Resume(NamedTuple):
    """A subscriber's cursor; without `after_seq` nothing is missed."""

    reader: User
    room: int
    after_seq: int | None = None
    of_epoch: str | None = None


def resume_all(resumes: Sequence[Resume]) -> list[LogPage | ChatError | None]:
    """What each subscriber missed: all of it, or none of it when it is more than `RESUME_MOST`.

    Those of a room share its events. No more than `RESUME_MOST` are read for all together: None is
    for those who have to ask again, with fewer others. Five queries.
    """
    seen = policy.readable_rooms([(resume.reader, resume.room) for resume in resumes])
    answers: list[LogPage | ChatError | None] = [
        _page(resume, found) for resume, found in zip(resumes, seen, strict=True)
    ]
    behind = [
        (n, resume.after_seq, page)
        for n, (resume, page) in enumerate(zip(resumes, answers, strict=True))
        if isinstance(page, LogPage)
        and page.complete
        and resume.after_seq not in (None, page.room.last_seq)
    ]
    read = _read([(page.room, after_seq or 0) for _, after_seq, page in behind])
    for n, after_seq, page in behind:
        if page.room.pk in read:
            page.events = [e for e in read[page.room.pk] if e.seq > (after_seq or 0)]
        else:
            answers[n] = None
    return answers


def _page(resume: Resume, seen: Seen | ChatError) -> LogPage | ChatError:
    """Whether it will be complete; without the events yet."""
    if isinstance(seen, ChatError):
        return seen
    room = seen.room
    try:
        events.check_cursor(room, resume.after_seq, resume.of_epoch)
    except ChatError as error:
        return error
    missed = 0 if resume.after_seq is None else room.last_seq - resume.after_seq
    return LogPage(room, [], room.epoch, complete=missed <= RESUME_MOST)


def _read(cursors: Sequence[tuple[Room, int]]) -> dict[int, list[Event]]:
    """The events of each room behind its earliest cursor, of as many rooms as may be read."""
    since: dict[Room, int] = {}
    for room, after_seq in cursors:
        since[room] = min(after_seq, since.get(room, after_seq))
    left, spans = RESUME_MOST, []
    for room, after_seq in since.items():
        count = room.last_seq - after_seq
        if count <= left:
            left -= count
            spans.append((room, after_seq, count))
    rooms = {room.pk: room for room, _, _ in spans}
    read: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events.load(rooms, spans=spans):
        read[event.room_id].append(event)
    return read
