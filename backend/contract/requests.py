"""What clients send: each Struct is one request body or query; `actions` has the socket's.

Types are JSON's, without coercion: `1.0` and `true` are no integers. Unknown members are refused.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from backend.chat import text
from backend.chat.history import WINDOW_DEFAULT, WINDOW_MOST

BIGGEST = 2**63 - 1
EVENTS_DEFAULT, EVENTS_MOST = 200, 1000
WAIT_MOST = 25

Pk = Annotated[int, Meta(ge=1, le=BIGGEST)]
Seq = Annotated[int, Meta(ge=0, le=BIGGEST)]
Limit = Annotated[int, Meta(ge=1, le=WINDOW_MOST)]
EventLimit = Annotated[int, Meta(ge=1, le=EVENTS_MOST)]
MessageText = Annotated[str, Meta(min_length=1, max_length=text.MESSAGE_CHARACTERS)]
ClientId = Annotated[str, Meta(pattern=f"^{text.CLIENT_ID.pattern}$")]
RoomName = Annotated[str, Meta(min_length=1, max_length=text.NAME_CHARACTERS)]
Topic = Annotated[str, Meta(max_length=text.TOPIC_CHARACTERS)]
Epoch = Annotated[str, Meta(max_length=64)]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Request(Struct, forbid_unknown_fields=True):
    """Unknown members are refused."""


class Nothing(Request):
    pass


# -- accounts ---------------------------------------------------------------------------------


class Registration(Request):
    username: str
    password: str
    email: str = ""
    display_name: str = ""


class Credentials(Request):
    username: str
    password: str


class Refresh(Request):
    refresh: str


class Token(Request):
    token: str


class PasswordChange(Request):
    old_password: str
    new_password: str


class Password(Request):
    password: str


class MeChange(Request):
    display_name: str | None = None
    email: str | None = None


# -- pages ------------------------------------------------------------------------------------

PAGE_DEFAULT, PAGE_MOST = 50, 200
PageSize = Annotated[int, Meta(ge=1, le=PAGE_MOST)]
Cursor = Annotated[str, Meta(max_length=1000)]


class PageQuery(Request):
    page_size: PageSize = PAGE_DEFAULT
    cursor: Cursor | None = None


# -- rooms ------------------------------------------------------------------------------------


class RoomQuery(Request):
    search: Annotated[str, Meta(max_length=100)] = ""
    kind: Literal["public", "private", "direct"] | None = None
    joined: bool | None = None


class RoomPageQuery(RoomQuery):
    page_size: PageSize = PAGE_DEFAULT
    cursor: Cursor | None = None


class NewRoom(Request):
    name: RoomName
    kind: Literal["public", "private"] = "public"
    topic: Topic = ""


class Person(Request):
    username: Annotated[str, Meta(min_length=1, max_length=150)]


class MemberUpdate(Request):
    """`muted_until`: a time to come, or null to end it; what is left out stays."""

    role: Literal["owner", "moderator", "member"] | UnsetType = UNSET
    muted_until: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET


class KickQuery(Request):
    ban: bool = False


class ReadMarker(Request):
    seq: Seq


class UserPageQuery(Request):
    search: Annotated[str, Meta(max_length=150)] = ""
    page_size: PageSize = PAGE_DEFAULT
    cursor: Cursor | None = None


class SearchQuery(Request):
    q: Annotated[str, Meta(min_length=1, max_length=200)]
    room: Pk | None = None
    page_size: PageSize = PAGE_DEFAULT
    cursor: Cursor | None = None


class RoomChange(Request):
    name: RoomName | None = None
    topic: Topic | None = None


# -- messages and the log ---------------------------------------------------------------------


class WindowQuery(Request):
    before_seq: Seq | None = None
    after_seq: Seq | None = None
    around_seq: Seq | None = None
    limit: Limit = WINDOW_DEFAULT


class NewMessage(Request):
    text: MessageText
    client_id: ClientId | None = None
    reply_to: Pk | None = None


class MessageChange(Request):
    text: MessageText
    version: Version | None = None


class EventQuery(Request):
    after_seq: Seq = 0
    epoch: Epoch | None = None
    limit: EventLimit = EVENTS_DEFAULT
    wait: Annotated[float, Meta(ge=0, le=WAIT_MOST)] = 0


class SyncRequest(Request):
    rooms: dict[str, Seq] = {}
    epoch: Epoch | None = None
    limit: EventLimit = EVENTS_DEFAULT
