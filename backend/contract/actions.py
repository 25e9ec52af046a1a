"""The arguments of the socket's actions, by the same rules as `requests`."""

from msgspec import field

from .requests import (
    ClientId,
    Epoch,
    MessageText,
    NewRoom,
    Nothing,
    Pk,
    Request,
    RoomChange,
    RoomName,
    RoomQuery,
    Seq,
    Topic,
    Version,
    WindowQuery,
)


class OneRoom(Request):
    """Of one room, or of one instance in DCRF's words."""

    pk: Pk


class OneMessage(Request):
    pk: Pk


class Authenticate(Request):
    token: str


class JoinRoom(Request):
    pk: Pk | None = None
    name: RoomName | None = None


class LeaveRoom(OneRoom):
    stay_member: bool = False


class CreateMessage(Request):
    message: MessageText
    pk: Pk | None = None
    client_id: ClientId | None = None
    reply_to: Pk | None = None


class React(Request):
    pk: Pk
    emoji: str


class MarkRead(Request):
    pk: Pk
    seq: Seq


class UpdateMessage(Request):
    pk: Pk
    message: MessageText
    version: Version | None = None


class Subscribe(OneRoom):
    after_seq: Seq | None = None
    epoch: Epoch | None = None


class History(WindowQuery, kw_only=True):
    pk: Pk


class Typing(OneRoom):
    typing: bool


class ListRooms(Request):
    data: RoomQuery = field(default_factory=RoomQuery)


class RetrieveRoom(OneRoom):
    data: Nothing | None = None


class CreateRoom(Request):
    data: NewRoom


class PatchRoom(OneRoom):
    data: RoomChange


class ReplaceRoom(Request):
    """All that can be changed; what is left out goes back to its default."""

    name: RoomName
    topic: Topic = ""


class UpdateRoom(OneRoom):
    data: ReplaceRoom
