"""Rooms: make, find, change, delete, and one's own coming and going."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from . import accounts, events, members, policy, presence, text, unread
from .database import atomic
from .errors import ChatError, Conflict, Invalid, NotFound
from .models import Event, Membership, Room, User
from .policy import Action
from .unread import Unread

Role = Membership.Role


@dataclass
class RoomView:
    """A room as one person sees it. `membership` is the viewer's."""

    room: Room
    online_count: int
    membership: Membership | None = None
    unread: Unread = field(default_factory=Unread)


def views(*, viewer: User, rooms: Iterable[Room]) -> list[RoomView]:
    """Three queries, however many rooms; give rooms with host and last_message__author loaded."""
    rooms = list(rooms)
    pks = [room.pk for room in rooms]
    own = {m.room_id: m for m in Membership.objects.filter(user=viewer, room__in=pks)}
    missed = unread.counts(user=viewer, rooms=own)
    online = presence.counts(rooms=pks)
    return [
        RoomView(room, online.get(room.pk, 0), own.get(room.pk), missed.get(room.pk, Unread()))
        for room in rooms
    ]


def view(*, viewer: User, room: int) -> RoomView:
    (seen,) = policy.readable_rooms([(viewer, room)], shown=True)
    if isinstance(seen, ChatError):
        raise seen
    missed = unread.of_pairs([(room, viewer.pk)] if seen.member else [])
    online = presence.counts(rooms=[room])
    return RoomView(
        seen.room, online.get(room, 0), seen.member, missed.get((room, viewer.pk), Unread())
    )


def listing(
    *, viewer: User, search: str = "", kind: str | None = None, joined: bool | None = None
) -> QuerySet[Room]:
    """Public rooms and the viewer's own, newest activity first."""
    rooms = Room.objects.joined_by(viewer) if joined else Room.objects.visible_to(viewer)
    if joined is False:
        rooms = rooms.exclude(memberships__user=viewer)
    if kind:
        rooms = rooms.filter(kind=kind)
    if search:
        rooms = rooms.filter(name_key__contains=text.key(search))
    return rooms.select_related("host", "last_message__author").order_by("-active_at", "-pk")


def create(*, owner: User, name: str, kind: str = Room.Kind.PUBLIC, topic: str = "") -> RoomView:
    """Make a room; its owner's joining is event 1. Raises `Conflict` when the name is taken."""
    room = Room(name=text.checked_name(name), kind=kind, topic=_checked_topic(topic), host=owner)
    with _unique_name(), atomic():
        room.save()
        with events.writing(room.pk) as log:
            members.enter(log, user=owner, role=Role.OWNER, by=owner)
    return view(viewer=owner, room=room.pk)


def change(
    *, changer: User, room: int, name: str | None = None, topic: str | None = None
) -> RoomView:
    with _unique_name(), events.writing(room) as log:
        policy.require(Action.CHANGE_ROOM, user=changer, room=log.room)
        before = log.room.name, log.room.topic
        if name is not None:
            log.room.name = text.checked_name(name)
        if topic is not None:
            log.room.topic = _checked_topic(topic)
        if (log.room.name, log.room.topic) != before:
            log.append(Event.Kind.ROOM_UPDATED, actor=changer)
    return view(viewer=changer, room=room)


def delete(*, remover: User, room: int) -> RoomView:
    """Hide the room at once and free its name. Answers it as it was."""
    last = view(viewer=remover, room=room)
    with events.writing(room) as log:
        policy.require(Action.DELETE_ROOM, user=remover, room=log.room)
        log.room.deleted_at = timezone.now()
    return last


def remove(*, room: int) -> None:
    """Delete a room on behalf of those who run the server."""
    with events.writing(room) as log:
        log.room.deleted_at = timezone.now()


def named(*, viewer: User, name: str) -> int:
    """The pk of the room with this name, whatever the case of its letters."""
    pk = Room.objects.alive().filter(name_key=text.key(name)).values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound
    return policy.readable_room(user=viewer, room=pk).pk


def join(*, user: User, room: int) -> RoomView:
    """Begin the user's membership; who is a member already stays one, without an event."""
    seen = view(viewer=user, room=room)
    if seen.membership is None:
        with events.writing(room) as log:
            if policy.require(Action.JOIN, user=user, room=log.room) is None:
                role = Role.MEMBER if log.room.member_count else Role.OWNER
                members.enter(log, user=user, role=role, by=user)
        seen = view(viewer=user, room=room)
    return seen


def rejoin_all(asked: Sequence[tuple[User, int]]) -> list[RoomView | ChatError | None]:
    """`join` for many (user, room) who are members already; None for who is not. Four queries.

    Nobody is counted as online in these views.
    """
    found = policy.readable_rooms(asked, shown=True)
    own = [seen.member for seen in found if isinstance(seen, policy.Seen) and seen.member]
    missed = unread.of_pairs((member.room_id, member.user_id) for member in own)
    answers: list[RoomView | ChatError | None] = []
    for (user, room), seen in zip(asked, found, strict=True):
        if isinstance(seen, ChatError):
            answers.append(seen)
        elif (room, user.pk) in missed:
            answers.append(RoomView(seen.room, 0, seen.member, missed[room, user.pk]))
        else:
            answers.append(None)
    return answers


def leave(*, user: User, room: int) -> None:
    """End the user's membership. A last owner hands over to the next in line."""
    with events.writing(room) as log:
        member = policy.require_member(Action.LEAVE, user=user, room=log.room)
        members.depart(log, member, by=user, reason="left")


def leave_all(*, user: User) -> None:
    """End every membership but those of direct rooms, each as if the person had left."""
    for pk in Room.objects.joined_by(user).exclude(kind=Room.Kind.DIRECT).values_list("pk"):
        leave(user=user, room=pk[0])


def direct(*, user: User, username: str) -> tuple[RoomView, bool]:
    """The room of the two, and whether it was made now; of two that begin at once, one makes it."""
    other = accounts.named(username=username)
    if other.pk == user.pk:
        raise Invalid("Talk to somebody else.", field="username")
    key = ":".join(str(pk) for pk in sorted((user.pk, other.pk)))
    pk, made = _direct(key), False
    if pk is None:
        try:
            with atomic():
                pk = Room.objects.create(kind=Room.Kind.DIRECT, direct_key=key).pk
                with events.writing(pk) as log:
                    for person in (user, other):
                        members.enter(log, user=person, role=Role.MEMBER, by=user)
            made = True
        except IntegrityError:
            pk = _direct(key)
            if pk is None:
                raise
    return view(viewer=user, room=pk), made


def _direct(key: str) -> int | None:
    return Room.objects.alive().filter(direct_key=key).values_list("pk", flat=True).first()


def why_gone(*, user: User, room: int) -> str:
    """The reason for which a room is no longer the user's: the log's last word on it."""
    found = Room.objects.get(pk=room)
    if found.deleted_at:
        return "room_deleted"
    left = found.events.filter(kind=Event.Kind.MEMBER_LEFT, subject=user).order_by("-seq").first()
    return left.reason if left else "left"


def check_may_type(*, user: User, room: int) -> None:
    """Raise for whoever may not speak in the room."""
    policy.require(Action.SPEAK, user=user, room=policy.readable_room(user=user, room=room))


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict("This name is taken.", field="name") from error


def _checked_topic(topic: str) -> str:
    return text.checked(topic, limit=text.TOPIC_CHARACTERS, field="topic", blank=True)
