"""A room's history: windows of its messages by seq."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Field, Model

from . import policy
from .accounts import Person
from .database import select
from .errors import Invalid
from .models import Message, User

WINDOW_DEFAULT, WINDOW_MOST = 50, 200


class Row(NamedTuple):
    """A message as history shows it: what a `Message` costs to make is most of a page's time."""

    pk: int
    room_id: int
    seq: int
    text: str
    client_id: str | None
    reply_to_id: int | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    version: int
    reactions: list[Any]
    mentions: list[int]
    author: Person


@dataclass
class Window:
    messages: list[Row]
    head_seq: int
    epoch: str
    has_before: bool
    has_after: bool


def window(
    *,
    reader: User,
    room: int,
    before_seq: int | None = None,
    after_seq: int | None = None,
    around_seq: int | None = None,
    limit: int = WINDOW_DEFAULT,
) -> Window:
    """Up to `limit` messages in ascending seq: the newest, or before, after or around a seq.

    Around a seq: as many at or before it as after it, one more before when `limit` is odd.
    """
    if sum(bound is not None for bound in (before_seq, after_seq, around_seq)) > 1:
        raise Invalid("Give at most one of before_seq, after_seq and around_seq.")
    found = policy.readable_room(user=reader, room=room)
    head = found.last_seq
    older: list[Row] = []
    newer: list[Row] = []
    has_before = has_after = False
    if after_seq is not None or around_seq is not None:
        pivot = after_seq if after_seq is not None else around_seq or 0
        count = limit if after_seq is not None else limit // 2
        newer = _oldest(room, pivot, head, count + 1)
        newer, has_after = newer[:count], len(newer) > count
    if after_seq is None:
        last = head
        if before_seq is not None:
            last = min(head, before_seq - 1)
        elif around_seq is not None:
            last = min(head, around_seq)
        count = limit - limit // 2 if around_seq is not None else limit
        older = _newest(room, 0, last, count + 1)
        older, has_before = older[:count][::-1], len(older) > count
    # What lies beyond the seq that was asked from.
    if after_seq is not None:
        has_before = bool(_newest(room, 0, min(head, after_seq), 1))
    if before_seq is not None:
        has_after = bool(_oldest(room, before_seq - 1, head, 1))
    return Window(older + newer, head, found.epoch, has_before, has_after)


def _oldest(room: int, behind: int, last: int, count: int) -> list[Row]:
    """The first so many messages behind a seq, up to `last`."""
    return _read(room, behind, last, count, "ASC")


def _newest(room: int, behind: int, last: int, count: int) -> list[Row]:
    """The last so many, the latest first."""
    return _read(room, behind, last, count, "DESC")


def _read(room: int, behind: int, last: int, count: int, order: str) -> list[Row]:
    if behind >= last:
        return []
    rows = select(_FIELDS, _READ.format(order=order), [room, behind, last, count])
    return [Row._make((*row[:_OWN], Person._make(row[_OWN:]))) for row in rows]


def _fields(model: type[Model], names: Iterable[str]) -> "list[Field[Any, Any]]":
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return [fields["id" if name == "pk" else name] for name in names]


_OWN = len(Row._fields) - 1
_FIELDS = (*_fields(Message, Row._fields[:_OWN]), *_fields(User, Person._fields))
_READ = f"""
SELECT {", ".join(f"{field.model._meta.db_table}.{field.column}" for field in _FIELDS)}
FROM chat_message JOIN chat_user ON chat_user.id = chat_message.author_id
WHERE room_id = %s AND seq > %s AND seq <= %s
ORDER BY seq {{order}} LIMIT %s
"""  # noqa: S608
