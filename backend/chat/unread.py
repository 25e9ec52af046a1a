"""What a member has not read: messages of others after the marker, deleted ones left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from . import events, policy
from .errors import Invalid, NotAMember
from .models import Membership, User
from .policy import Action


@dataclass(frozen=True)
class Unread:
    messages: int = 0
    mentions: int = 0


@dataclass(frozen=True)
class Marker:
    """How far somebody has read a room."""

    room: int
    user: int
    head_seq: int
    last_read_seq: int
    unread: Unread


def counts(*, user: User, rooms: Iterable[int]) -> dict[int, Unread]:
    """Of each of the user's rooms. One query."""
    return {marker.room: marker.unread for marker in markers(users=[user.pk], rooms=rooms)}


def markers(*, users: Iterable[int], rooms: Iterable[int] | None = None) -> list[Marker]:
    """The markers of these users, in all of their rooms or in these. One query."""
    users = list(users)
    where, parameters = f"member.user_id IN {_places(users)}", users
    if rooms is not None:
        rooms = list(rooms)
        where, parameters = f"{where} AND member.room_id IN {_places(rooms)}", users + rooms
    return _markers(where, parameters)


def of_pairs(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Unread]:
    """What each (room, user) has not read. One query."""
    pairs = list(pairs)
    where = f"(member.room_id, member.user_id) IN (VALUES {', '.join(['(%s, %s)'] * len(pairs))})"
    found = _markers(where, [pk for pair in pairs for pk in pair])
    return {(marker.room, marker.user): marker.unread for marker in found}


def _markers(where: str, parameters: list[int]) -> list[Marker]:
    if not parameters:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{_MARKERS} WHERE {where}", parameters)
        rows = cursor.fetchall()
    return [
        Marker(room, user, head, read, Unread(messages, mentions))
        for room, user, head, read, messages, mentions in rows
    ]


def _places(values: list[int]) -> str:
    return f"({', '.join(['%s'] * len(values)) or 'NULL'})"


# Asked at every join and for every inbox: to put it together by the ORM takes five times as long as
# to answer it.
_UNREAD = """
    FROM chat_message AS said
    WHERE said.room_id = member.room_id AND said.seq > member.last_read_seq
        AND said.deleted_at IS NULL AND said.author_id <> member.user_id
"""
_MARKERS = f"""
SELECT
    member.room_id, member.user_id, room.last_seq, member.last_read_seq,
    (SELECT count(*) {_UNREAD}),
    (SELECT count(*) {_UNREAD} AND EXISTS (
        SELECT 1 FROM chat_mention AS meant
        WHERE meant.message_id = said.id AND meant.user_id = member.user_id
    ))
FROM chat_membership AS member
JOIN chat_room AS room ON room.id = member.room_id AND room.deleted_at IS NULL
"""  # noqa: S608


def mark_read(*, user: User, room: int, seq: int) -> Marker:
    """Move the user's marker to `seq`, never back. Raises `Invalid` beyond the head."""
    found = policy.readable_room(user=user, room=room)
    policy.require_member(Action.BE_PRESENT, user=user, room=found)
    if seq > found.last_seq:
        raise Invalid("There is nothing yet at this seq.", field="seq")
    moved = Membership.objects.filter(user=user, room=found, last_read_seq__lt=seq).update(
        last_read_seq=seq
    )
    marker = next(iter(markers(users=[user.pk], rooms=[room])), None)
    if marker is None:  # the membership ended meanwhile
        raise NotAMember
    if moved:
        transaction.on_commit(lambda: events.announce(marker))
    return marker
