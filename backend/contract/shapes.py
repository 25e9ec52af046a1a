"""The objects clients see, defined once: both doors answer with them, OpenAPI is made from them.

`X.of(...)` turns what the domain returns into the shape. The docstrings reach the published schema.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, UnsetType

from backend.chat import history, models, presence
from backend.chat.accounts import Person
from backend.chat.rooms import RoomView

Role = Annotated[str, Meta(extra_json_schema={"enum": models.Membership.Role.values})]
Kind = Annotated[str, Meta(extra_json_schema={"enum": models.Room.Kind.values})]
EventKind = Annotated[str, Meta(extra_json_schema={"enum": models.Event.Kind.values})]


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds and `Z`, always of the same length, so that texts sort as times do."""
    # isoformat() takes a third of the time of strftime().
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_timestamp(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, tz=UTC))


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


class User(Struct):
    """A person, as others see them."""

    pk: int
    username: str
    display_name: str

    @classmethod
    def of(cls, user: models.User | Person) -> Self:
        return cls(user.pk, user.username, user.display_name)


class Me(Struct):
    """The caller's own account."""

    pk: int
    username: str
    display_name: str
    email: str
    date_joined: str

    @classmethod
    def of(cls, user: models.User) -> Self:
        return cls(user.pk, user.username, user.display_name, user.email, rfc3339(user.date_joined))


class Reaction(Struct):
    """Everyone who reacted to a message with one emoji; `users` are pks."""

    emoji: str
    count: int
    users: list[int]


class Message(Struct):
    """A message. A deleted one stays as a tombstone: `text` is empty, `deleted_at` is set."""

    pk: int
    room: int
    seq: int
    user: User
    text: str
    client_id: str | None
    reply_to: int | None
    created_at: str
    edited_at: str | None
    deleted_at: str | None
    version: int
    reactions: list[Reaction]
    mentions: list[int]

    @classmethod
    def of(cls, message: models.Message | history.Row) -> Self:
        return cls(
            pk=message.pk,
            room=message.room_id,
            seq=message.seq,
            user=User.of(message.author),
            text=message.text,
            client_id=message.client_id,
            reply_to=message.reply_to_id,
            created_at=rfc3339(message.created_at),
            edited_at=_when(message.edited_at),
            deleted_at=_when(message.deleted_at),
            version=message.version,
            reactions=message.reactions,
            mentions=message.mentions,
        )


class Membership(Struct):
    """The caller's own membership of a room."""

    role: Role
    joined_at: str
    last_read_seq: int
    unread_count: int
    mention_count: int
    muted_until: str | None


class Room(Struct):
    """A room. `membership` is the caller's, null outside; events and instance frames omit it."""

    pk: int
    name: str | None
    kind: Kind
    topic: str
    host: User | None
    created_at: str
    last_seq: int
    last_message: Message | None
    member_count: int
    online_count: int
    membership: Membership | UnsetType | None = UNSET

    @classmethod
    def public(cls, room: models.Room, *, online_count: int) -> Self:
        """The room as everyone sees it."""
        return cls(
            pk=room.pk,
            name=room.name,
            kind=room.kind,
            topic=room.topic,
            host=User.of(room.host) if room.host else None,
            created_at=rfc3339(room.created_at),
            last_seq=room.last_seq,
            last_message=Message.of(room.last_message) if room.last_message else None,
            member_count=room.member_count,
            online_count=online_count,
        )

    @classmethod
    def of(cls, view: RoomView) -> Self:
        answer = cls.public(view.room, online_count=view.online_count)
        answer.membership = None
        if own := view.membership:
            answer.membership = Membership(
                role=own.role,
                joined_at=rfc3339(own.joined_at),
                last_read_seq=own.last_read_seq,
                unread_count=view.unread.messages,
                mention_count=view.unread.mentions,
                muted_until=_when(own.muted_until),
            )
        return answer


class Member(Struct):
    """One row of a room's members list."""

    user: User
    role: Role
    joined_at: str
    muted_until: str | None
    online: bool

    @classmethod
    def of(cls, member: models.Membership, *, online: bool) -> Self:
        return cls(
            User.of(member.user),
            member.role,
            rfc3339(member.joined_at),
            _when(member.muted_until),
            online,
        )


class MemberChange(Struct):
    """The data of a `member.*` event; `by` is who did it."""

    user: User
    role: Role
    muted_until: str | None
    by: User | None


# msgspec encodes any of the three, but describes no union of untagged Structs.
EventData = Annotated[
    Any,
    Meta(
        extra_json_schema={
            "anyOf": [
                {"$ref": f"#/components/schemas/{name}"}
                for name in ("Message", "MemberChange", "Room")
            ]
        }
    ),
]


class Event(Struct):
    """One entry of a room's log. `data` is a Message, a MemberChange or a Room, by `event`."""

    room: int
    seq: int
    event: EventKind
    at: str
    actor: User | None
    data: EventData

    @classmethod
    def of(cls, event: models.Event, *, online_count: int = 0) -> Self:
        actor = User.of(event.actor) if event.actor else None
        data: Any
        if event.message:
            data = Message.of(event.message)
        elif event.subject:
            data = MemberChange(User.of(event.subject), event.role, _when(event.muted_until), actor)
        else:
            data = Room.public(event.room, online_count=online_count)
        return cls(event.room_id, event.seq, event.kind, rfc3339(event.at), actor, data)

    @classmethod
    def many(cls, events: list[models.Event]) -> list[Self]:
        """One query more, where a room itself is among them."""
        rooms = {event.room_id for event in events if event.kind == models.Event.Kind.ROOM_UPDATED}
        online = presence.counts(rooms=rooms) if rooms else {}
        return [cls.of(event, online_count=online.get(event.room_id, 0)) for event in events]
