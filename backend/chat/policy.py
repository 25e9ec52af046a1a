"""Who may do what: one table, for both doors. docs/permissions.md and its test are made from it.

A room that someone may not read does not exist for them: `NotFound`, never `Forbidden`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q, Subquery
from django.utils import timezone

from .database import columns, instance, select
from .errors import Banned, ChatError, Forbidden, Muted, NotAMember, NotFound
from .models import Ban, History, Membership, Message, Room, User

Kind = Room.Kind


class Standing(StrEnum):
    """Who somebody is in a room. The muted are members, moderators or owners for all but speech."""

    BANNED = "banned"
    OUTSIDE = "outside"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"


class Action(StrEnum):
    READ = "read, subscribe, search"
    JOIN = "join"
    LEAVE = "leave"
    BE_PRESENT = "be present, mark as read"
    SPEAK = "post, edit one's own, react, type"
    DELETE_OWN = "delete one's own message"
    DELETE_ANY = "delete the messages of others"
    ADD_PERSON = "add a person"
    CHANGE_ROOM = "change name and topic"
    MODERATE = "mute, kick, ban, lift a ban"
    SET_ROLE = "set roles"
    DELETE_ROOM = "delete the room"


_MEMBERS = {Standing.MEMBER, Standing.MODERATOR, Standing.OWNER}
_MODERATORS = {Standing.MODERATOR, Standing.OWNER}
_OWNERS = {Standing.OWNER}
_NOBODY: set[Standing] = set()


def _row(
    public: set[Standing], private: set[Standing], direct: set[Standing]
) -> dict[Kind, frozenset[Standing]]:
    return {
        Kind.PUBLIC: frozenset(public),
        Kind.PRIVATE: frozenset(private),
        Kind.DIRECT: frozenset(direct),
    }


ALLOWED: dict[Action, dict[Kind, frozenset[Standing]]] = {
    Action.READ: _row({Standing.OUTSIDE, *_MEMBERS}, _MEMBERS, _MEMBERS),
    Action.JOIN: _row({Standing.OUTSIDE, *_MEMBERS}, _MEMBERS, _MEMBERS),
    Action.LEAVE: _row(_MEMBERS, _MEMBERS, _NOBODY),
    Action.BE_PRESENT: _row(_MEMBERS, _MEMBERS, _MEMBERS),
    Action.SPEAK: _row(_MEMBERS, _MEMBERS, _MEMBERS),
    Action.DELETE_OWN: _row({Standing.OUTSIDE, *_MEMBERS}, _MEMBERS, _MEMBERS),
    Action.DELETE_ANY: _row(_MODERATORS, _MODERATORS, _NOBODY),
    Action.ADD_PERSON: _row(_MEMBERS, _MEMBERS, _NOBODY),
    Action.CHANGE_ROOM: _row(_MODERATORS, _MODERATORS, _NOBODY),
    Action.MODERATE: _row(_MODERATORS, _MODERATORS, _NOBODY),
    Action.SET_ROLE: _row(_OWNERS, _OWNERS, _NOBODY),
    Action.DELETE_ROOM: _row(_OWNERS, _OWNERS, _NOBODY),
}
_RANKS = [Membership.Role.MEMBER, Membership.Role.MODERATOR, Membership.Role.OWNER]


def require(action: Action, *, user: User, room: Room) -> Membership | None:
    """The user's membership, if any. Raises what the table says for those it does not allow."""
    found = membership(user=user, room=room)
    check(action, user=user, room=room, member=found)
    return found


def check(action: Action, *, user: User, room: Room, member: Membership | None) -> None:
    """`require`, for who has looked the membership up already."""
    standing = _standing(user, room, member)
    if standing not in ALLOWED[action][Kind(room.kind)]:
        raise refusal(action, standing, Kind(room.kind))
    if action == Action.SPEAK and member:
        _check_not_muted(member)


def require_member(action: Action, *, user: User, room: Room) -> Membership:
    """`require`, for actions that the table gives to members only."""
    found = require(action, user=user, room=room)
    if found is None:
        raise refusal(action, Standing.OUTSIDE, Kind(room.kind))
    return found


def membership(*, user: User, room: Room) -> Membership | None:
    found = Membership.objects.filter(user=user, room=room).first()
    if found:
        found.user, found.room = user, room
    return found


def readable_room(*, user: User, room: int) -> Room:
    """The room, if the user may read it, with the `epoch` of its log. One query."""
    rows = select(Room._meta.concrete_fields, _ROOM_AND_STANDING, [user.pk, user.pk, room])
    if not rows:
        raise NotFound
    (row,) = rows
    *_, own_role, is_banned, epoch = row
    found = instance(Room, row)
    found.epoch = epoch
    _check_readable(found, own_role, is_banned=is_banned)
    return found


# Asked before nearly everything; to put it together by the ORM took a third of a page of history.
_ROOM_AND_STANDING = f"""
SELECT {columns(Room)},
    (SELECT role FROM chat_membership WHERE room_id = chat_room.id AND user_id = %s) AS own_role,
    EXISTS (SELECT 1 FROM chat_ban WHERE room_id = chat_room.id AND user_id = %s) AS is_banned,
    (SELECT epoch FROM chat_history) AS epoch
FROM chat_room WHERE id = %s AND deleted_at IS NULL
"""  # noqa: S608


class Seen(NamedTuple):
    """A room that somebody may read, and their membership if they have one."""

    room: Room
    member: Membership | None


def readable_rooms(
    asked: Sequence[tuple[User, int]], *, shown: bool = False
) -> list[Seen | ChatError]:
    """`readable_room` for many (user, room), which share the rooms. Three queries at most.

    Host and last message come along only for rooms that are to be `shown`.
    """
    found = Room.objects.alive().filter(pk__in={room for _, room in asked})
    if shown:
        found = found.select_related("host", "last_message__author")
    epoch = Subquery(History.objects.values("epoch")[:1])
    rooms = {room.pk: room for room in found.annotate(epoch=epoch)}  # type: ignore[no-redef]
    pairs = {(room, user.pk) for user, room in asked if room in rooms}
    members = {(m.room_id, m.user_id): m for m in Membership.objects.filter(of_pairs(pairs))}
    strangers = Ban.objects.filter(of_pairs(pairs - members.keys()))
    banned = set(strangers.values_list("room", "user")) if pairs - members.keys() else set()
    answers: list[Seen | ChatError] = []
    for user, pk in asked:
        room, member = rooms.get(pk), members.get((pk, user.pk))
        role = member.role if member else None
        try:
            if room is None:
                raise NotFound
            _check_readable(room, role, is_banned=(pk, user.pk) in banned)
            answers.append(Seen(room, member))
        except ChatError as error:
            answers.append(error)
    return answers


def of_pairs(pairs: Iterable[tuple[int, int]]) -> Q:
    """Rows of these (room, user)."""
    by_room: defaultdict[int, list[int]] = defaultdict(list)
    for room, user in pairs:
        by_room[room].append(user)
    wanted = [Q(room=room, user__in=users) for room, users in by_room.items()]
    # Not one `|` after the other, which copies all that came before.
    return Q(*wanted, _connector=Q.OR) if wanted else Q(pk__in=[])


def _check_readable(room: Room, role: str | None, *, is_banned: bool) -> None:
    standing = Standing.OUTSIDE
    if role:
        standing = Standing(role)
    elif is_banned:
        standing = Standing.BANNED
    if standing not in ALLOWED[Action.READ][Kind(room.kind)]:
        raise refusal(Action.READ, standing, Kind(room.kind))


def refusal(action: Action, standing: Standing, kind: Kind) -> ChatError:
    """Why somebody may not: what they may not know of is not found."""
    if standing not in _MEMBERS and kind != Kind.PUBLIC:
        return NotFound()
    if standing == Standing.BANNED:
        return Banned()
    if standing == Standing.OUTSIDE:
        return NotAMember()
    return Forbidden(f"Your role does not allow to {action}.")


def check_author(*, user: User, message: Message) -> None:
    if message.author_id != user.pk:
        raise Forbidden("Only its author may edit a message.")


def check_outranks(*, actor: Membership, subject: Membership) -> None:
    """Nobody acts against themselves, an owner, or their equals; an owner acts against the rest."""
    if actor.user_id == subject.user_id:
        raise Forbidden("Not against yourself; you can leave the room.")
    if _RANKS.index(Membership.Role(subject.role)) >= _RANKS.index(Membership.Role(actor.role)):
        raise Forbidden("Only against somebody of a lower role.")


def as_markdown() -> str:
    """The tables for docs/permissions.md, one for each kind of room."""
    lines = []
    for kind in Kind:
        lines += [f"### In a {kind.value} room", ""]
        lines += ["| | " + " | ".join(Standing) + " |", "|---" * (len(Standing) + 1) + "|"]
        for action, allowed in ALLOWED.items():
            cells = ["yes" if standing in allowed[kind] else "" for standing in Standing]
            lines.append(f"| {action} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _standing(user: User, room: Room, found: Membership | None) -> Standing:
    if found:
        return Standing(found.role)
    if Ban.objects.filter(user=user, room=room).exists():
        return Standing.BANNED
    return Standing.OUTSIDE


def _check_not_muted(member: Membership) -> None:
    left = member.muted_until - timezone.now() if member.muted_until else None
    if left is not None and left.total_seconds() > 0:
        raise Muted(retry_after_ms=int(left.total_seconds() * 1000) + 1)
