"""What both doors answer around the objects: pages, windows, the log, sync, tokens, errors."""

from typing import Self

from msgspec import UNSET, Struct, UnsetType

from backend.chat import sync, unread
from backend.chat.events import LogPage
from backend.chat.history import Window
from backend.chat.posting import Posted

from .shapes import Event, Member, Message, Room, User


class PostedMessage(Message):
    """The answer to a send; `duplicate` stands there when the `client_id` was stored before."""

    duplicate: bool | UnsetType = UNSET

    @classmethod
    def answer(cls, posted: Posted) -> Self:
        answer = cls.of(posted.message)
        if posted.duplicate:
            answer.duplicate = True
        return answer


class MessageWindow(Struct):
    """Messages in ascending seq, and whether there are older and newer ones."""

    results: list[Message]
    head_seq: int
    epoch: str
    has_before: bool
    has_after: bool

    @classmethod
    def of(cls, window: Window) -> Self:
        return cls(
            [Message.of(message) for message in window.messages],
            window.head_seq,
            window.epoch,
            window.has_before,
            window.has_after,
        )


class EventPage(Struct):
    """A part of a room's log; `complete` says that it reaches the head."""

    results: list[Event]
    head_seq: int
    epoch: str
    complete: bool

    @classmethod
    def of(cls, page: LogPage) -> Self:
        return cls(Event.many(page.events), page.room.last_seq, page.epoch, page.complete)


class RoomPage(Struct):
    """A page of rooms; `next` and `previous` are addresses."""

    next: str | None
    previous: str | None
    results: list[Room]


class UserPage(Struct):
    """A page of people; `next` and `previous` are addresses."""

    next: str | None
    previous: str | None
    results: list[User]


class MessagePage(Struct):
    """A page of messages; `next` and `previous` are addresses."""

    next: str | None
    previous: str | None
    results: list[Message]


class MemberPage(Struct):
    """A page of members; `next` and `previous` are addresses."""

    next: str | None
    previous: str | None
    results: list[Member]


class Marker(Struct):
    """How far the caller has read a room."""

    last_read_seq: int
    unread_count: int

    @classmethod
    def of(cls, marker: unread.Marker) -> Self:
        return cls(marker.last_read_seq, marker.unread.messages)


class InboxEntry(Struct):
    """What an `inbox` frame tells of a room, whenever one of it changes."""

    head_seq: int
    unread_count: int
    mention_count: int
    last_read_seq: int


class Online(Struct):
    """Who is in the room now: at most 200, the caller among them; `online` counts them all."""

    users: list[User]
    online: int


class TokenPair(Struct):
    access: str
    refresh: str


class Ticket(Struct):
    """A one-use ticket for the socket's address; `expires_in` is in seconds."""

    ticket: str
    expires_in: int


class Error(Struct):
    """`code` is stable and lower-case; `retry_after_ms` stands on what may pass by itself."""

    code: str
    detail: str
    field: str | None
    retry_after_ms: int | UnsetType = UNSET


class Errors(Struct):
    """Every answer of 4xx and 5xx; `resync_required` has its `data` beside `errors`."""

    errors: list[Error]


class RoomSync(Struct):
    """One room's part of a sync: `results` and `complete` only where the caller named the room."""

    results: list[Event] | UnsetType = UNSET
    head_seq: int | UnsetType = UNSET
    complete: bool | UnsetType = UNSET
    unread_count: int | UnsetType = UNSET
    errors: list[Error] | UnsetType = UNSET

    @classmethod
    def of(cls, room: sync.RoomSync, results: list[Event]) -> Self:
        if room.error:
            error = Error(room.error.code, room.error.detail, None)
            return cls(errors=[error], head_seq=room.head_seq or UNSET)
        answer = cls(head_seq=room.head_seq, unread_count=room.unread_count)
        if room.named:
            answer.results, answer.complete = results, room.complete
        return answer


class Sync(Struct):
    """What was missed. `rooms` has every room of the caller, by pk."""

    epoch: str
    rooms: dict[str, RoomSync]

    @classmethod
    def of(cls, synced: sync.Synced) -> Self:
        shaped = iter(Event.many([e for room in synced.rooms.values() for e in room.events]))
        return cls(
            synced.epoch,
            {
                str(pk): RoomSync.of(room, [next(shaped) for _ in room.events])
                for pk, room in synced.rooms.items()
            },
        )
