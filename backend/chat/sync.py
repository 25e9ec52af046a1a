"""One call after being away: what was missed, and every room's head and unread count."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import events, unread
from .errors import ChatError, NotFound, ResyncRequired
from .models import Event, Room, User

# The whole answer stays bounded; rooms past it are told to be incomplete.
EVENTS_MOST = 5000
_SPANS_AT_ONCE = 100


@dataclass
class RoomSync:
    head_seq: int = 0
    unread_count: int = 0
    named: bool = False
    events: list[Event] = field(default_factory=list)
    complete: bool = True
    error: ChatError | None = None


@dataclass
class Synced:
    epoch: str
    rooms: dict[int, RoomSync]


def sync(
    *, user: User, after: Mapping[int, int], of_epoch: str | None = None, limit: int = 200
) -> Synced:
    """Missed events of the rooms in `after` ({pk: after_seq}), at most `limit` each.

    Raises `ResyncRequired` for a foreign epoch only; what is wrong with a room is in its entry.
    """
    now = events.epoch()
    if of_epoch is not None and of_epoch != now:
        raise ResyncRequired(epoch=now)
    shown = Room.objects.select_related("host", "last_message__author")
    own = {room.pk: room for room in shown.joined_by(user)}
    others = set(after) - set(own)
    readable = own | {room.pk: room for room in shown.visible_to(user).filter(pk__in=others)}
    missed = unread.counts(user=user, rooms=own)
    nothing = unread.Unread()
    answer = {
        pk: RoomSync(room.last_seq, missed.get(pk, nothing).messages)
        for pk, room in readable.items()
    }
    behind: list[tuple[Room, int, int]] = []
    for pk, after_seq in after.items():
        entry = answer.setdefault(pk, RoomSync(error=NotFound()))
        entry.named = True
        if pk not in readable:
            continue
        if after_seq > entry.head_seq:
            entry.error = ResyncRequired(head_seq=entry.head_seq, epoch=now)
        elif after_seq < entry.head_seq:
            behind.append((readable[pk], after_seq, limit))
    _fill(answer, readable, behind)
    return Synced(now, answer)


def _fill(
    answer: dict[int, RoomSync], rooms: dict[int, Room], behind: list[tuple[Room, int, int]]
) -> None:
    budget = EVENTS_MOST
    for start in range(0, len(behind), _SPANS_AT_ONCE):
        spans = []
        for room, after_seq, limit in behind[start : start + _SPANS_AT_ONCE]:
            count = min(limit, room.last_seq - after_seq, budget)
            budget -= count
            answer[room.pk].complete = after_seq + count == room.last_seq
            if count:
                spans.append((room, after_seq, count))
        for event in events.load(rooms, spans=spans):
            answer[event.room_id].events.append(event)
