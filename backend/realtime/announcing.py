"""From what the domain did to what travels between processes. Called in database threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from backend.chat import events, presence, resuming
from backend.chat.errors import ChatError
from backend.chat.events import LogPage
from backend.chat.models import Event, Room
from backend.chat.resuming import Resume
from backend.contract import frames

from .feed import Announced

READ_AT_ONCE = 1000


@dataclass
class Announcement:
    """What happened in one room; `gone_tail` is set when the room was deleted."""

    room: int
    events: list[Announced] = field(default_factory=list)
    gone_tail: bytes | None = None

    def to_message(self) -> dict[str, Any]:
        rows = [frames.as_data(event) for event in self.events]
        return {"room": self.room, "events": rows, "gone_tail": self.gone_tail}

    @classmethod
    def of_message(cls, message: dict[str, Any]) -> "Announcement":
        rows = [Announced(**row) for row in message["events"]]
        return cls(message["room"], rows, message["gone_tail"])


def announcement(change: events.Change) -> Announcement:
    room = change.room
    return Announcement(
        room.pk,
        announced(change.events),
        frames.instance_tail("delete", room) if room.deleted_at else None,
    )


def announced(entries: Iterable[Event]) -> list[Announced]:
    """Events as ready JSON, each encoded once for all sockets of all processes."""
    entries = list(entries)
    looks = {e.room_id for e in entries if e.message_id is None}
    online = presence.counts(rooms=looks) if looks else {}
    return [_announced(entry, online.get(entry.room_id, 0)) for entry in entries]


def _announced(event: Event, online: int) -> Announced:
    changes_room = event.message_id is None
    created = event.message if event.kind == Event.Kind.MESSAGE_CREATED else None
    return Announced(
        seq=event.seq,
        tail=frames.event_tail(event, online_count=online),
        instance_tail=frames.instance_tail("update", event.room, online_count=online)
        if changes_room
        else None,
        joined=event.subject_id if event.kind == Event.Kind.MEMBER_JOINED else None,
        left=event.subject_id if event.kind == Event.Kind.MEMBER_LEFT else None,
        reason=event.reason,
        author=created.author_id if created else None,
        mentions=created.mentions if created else [],
        at=event.at.timestamp() if created else None,
    )


class Missed(NamedTuple):
    """What a cursor led to: the room up to its head, and the events behind the cursor."""

    head_seq: int
    epoch: str
    complete: bool
    events: list[Announced]


def resume_all(resumes: Sequence[Resume]) -> list[Missed | ChatError | None]:
    """See `chat.resuming`. What several missed is encoded once."""
    answers = resuming.resume_all(resumes)
    pages = [page for page in answers if isinstance(page, LogPage)]
    missed = {(e.room_id, e.seq): e for page in pages for e in page.events}
    ready = dict(zip(missed, announced(missed.values()), strict=True))
    return [
        Missed(
            page.room.last_seq,
            page.epoch,
            page.complete,
            [ready[e.room_id, e.seq] for e in page.events],
        )
        if isinstance(page, LogPage)
        else page
        for page in answers
    ]


def read_on(room: int, after_seq: int) -> Announcement:
    """What the log has behind `after_seq`; for a hub that missed announcements."""
    found = Room.objects.select_related("host", "last_message__author").get(pk=room)
    if found.deleted_at:
        return announcement(events.Change(found))
    return Announcement(
        room, announced(events.entries(found, after_seq=after_seq, limit=READ_AT_ONCE))
    )


def heads(rooms: Iterable[int]) -> dict[int, int]:
    """`last_seq` of rooms; deleted ones come as -1."""
    rows = Room.objects.filter(pk__in=list(rooms)).values_list("pk", "last_seq", "deleted_at")
    return {pk: -1 if deleted_at else last_seq for pk, last_seq, deleted_at in rows}
