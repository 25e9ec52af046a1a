"""What a member has not read: messages of others after the marker, deleted ones left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from . import events, policy
from .errors import Invalid, NotAMember
from .models import Membership, Message, User
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
    own = Membership.objects.filter(user__in=list(users), room__deleted_at=None)
    if rooms is not None:
        own = own.filter(room__in=list(rooms))
    unread = Message.objects.filter(
        room=OuterRef("room"), seq__gt=OuterRef("last_read_seq"), deleted_at=None
    ).exclude(author=OuterRef("user"))
    rows = own.annotate(
        said=_count(unread), meant=_count(unread.filter(mention_rows__user=OuterRef("user")))
    ).values_list("room", "user", "room__last_seq", "last_read_seq", "said", "meant")
    return [Marker(*row[:4], Unread(*row[4:])) for row in rows]


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


def _count(rows: QuerySet[Message]) -> Coalesce:
    counted = rows.order_by().values("room").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
