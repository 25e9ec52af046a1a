"""The room's log: append in the transaction that makes the change, announce after the commit.

Every durable change to a room is one `Event` with the room's next seq, given under the lock of the
room's row. So the order of seq is the order of commits is the order in which readers can see them,
and there is never a hole.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from . import policy
from .database import atomic
from .errors import NotFound, ResyncRequired
from .models import Event, History, Membership, Message, Room, User


@dataclass
class Change:
    """What one committed transaction did to one room. `room.deleted_at` tells that it is gone."""

    room: Room
    events: list[Event] = field(default_factory=list)


@dataclass
class LogPage:
    room: Room
    events: list[Event]
    epoch: str
    complete: bool  # whether the page reaches the head, which is `room.last_seq`


logger = logging.getLogger(__name__)

Listener = Callable[[Any], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener(news)` in the committing thread after every commit that concerns others.

    `news` is a `Change` of a room, or an `unread.Marker` that its owner moved.

    It is a wake-up and never the truth: a process that dies before it is called loses nothing but
    time. What it raises is logged and stops nobody.
    """
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    _listeners.remove(listener)


class Log:
    """A room's log, opened for writing."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.change = Change(room)

    @property
    def next_seq(self) -> int:
        return self.room.last_seq + 1

    def append(
        self,
        kind: Event.Kind,
        *,
        actor: User | None,
        message: Message | None = None,
        member: Membership | None = None,
        reason: str = "",
    ) -> Event:
        event = Event(
            room=self.room,
            seq=self.next_seq,
            kind=kind,
            actor=actor,
            message=message,
            subject=member.user if member else None,
            role=member.role if member else "",
            muted_until=member.muted_until if member else None,
            reason=reason,
        )
        self.room.last_seq = event.seq
        self.change.events.append(event)
        return event


@contextmanager
def writing(room: int) -> Iterator[Log]:
    """Hold the room's row, write, and announce once it is committed.

    Attributes changed on `room` are saved with the events.
    Raises `NotFound` when the room is gone. Who may write is for the caller to check inside.
    """
    with atomic():
        row = Room.objects.alive().select_for_update(no_key=True).filter(pk=room).first()
        if row is None:
            raise NotFound
        before = _state(row)
        log = Log(row)
        yield log
        if names := [name for name, value in _state(row).items() if before[name] != value]:
            Event.objects.bulk_create(log.change.events)
            row.save(update_fields=[*names, "name_key"] if "name" in names else names)
            transaction.on_commit(partial(announce, log.change))


def _state(room: Room) -> dict[str, Any]:
    return {f.attname: getattr(room, f.attname) for f in room._meta.concrete_fields}


def announce(news: Any) -> None:
    for listener in _listeners:
        try:
            listener(news)
        except Exception:
            logger.exception("a listener failed")


def epoch() -> str:
    """The name of this database's history; a cursor of another epoch means nothing here."""
    return History.objects.values_list("epoch", flat=True).get()


def check_cursor(room: Room, after_seq: int | None, of_epoch: str | None) -> None:
    if (of_epoch is not None and of_epoch != room.epoch) or (after_seq or 0) > room.last_seq:
        raise ResyncRequired(head_seq=room.last_seq, epoch=room.epoch)


def read(
    *, reader: User, room: int, after_seq: int, of_epoch: str | None = None, limit: int = 200
) -> LogPage:
    """Events after `after_seq` in order, at most `limit`, each showing its object as it is now."""
    found = policy.readable_room(user=reader, room=room)
    check_cursor(found, after_seq, of_epoch)
    page = entries(found, after_seq=after_seq, limit=limit)
    return LogPage(found, page, found.epoch, complete=after_seq + len(page) == found.last_seq)


def entries(room: Room, *, after_seq: int, limit: int) -> list[Event]:
    """Events after `after_seq` up to the room's head as it was read; two queries at most."""
    return load({room.pk: room}, spans=[(room, after_seq, limit)])


def load(rooms: dict[int, Room], *, spans: list[tuple[Room, int, int]]) -> list[Event]:
    """The events of several (room, after_seq, limit), by room and seq; two queries at most.

    seq has no holes, so a limit is a range of seq.
    """
    wanted = Q()
    for room, after_seq, limit in spans:
        upto = min(after_seq + limit, room.last_seq)
        wanted |= Q(room=room, seq__gt=after_seq, seq__lte=upto)
    found = list(
        Event.objects.filter(wanted)
        .select_related("actor", "subject", "message__author")
        .order_by("room", "seq")
        if wanted
        else []
    )
    _show_members_as_they_are(found)
    for event in found:
        event.room = rooms[event.room_id]
    of_rooms = {event.room for event in found if not (event.message_id or event.subject_id)}
    prefetch_related_objects(list(of_rooms), "host", "last_message__author")
    return found


def _show_members_as_they_are(found: list[Event]) -> None:
    changes = [event for event in found if event.subject_id]
    if changes:
        present = Membership.objects.filter(
            room__in={event.room_id for event in changes},
            user__in={event.subject_id for event in changes},
        )
        now = {(m.room_id, m.user_id): m for m in present}
        for event in changes:
            if member := now.get((event.room_id, event.subject_id or 0)):
                event.role, event.muted_until = member.role, member.muted_until
