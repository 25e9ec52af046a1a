"""How each server is spoken to, and what it says that the generator has to understand."""

import json
import re
from typing import Any

import msgspec

REQUEST_ID = 1
SUBSCRIBE = "subscribe_to_messages_in_room"
NUMBER = re.compile(rb"Message (\d{8}):")


class Said(msgspec.Struct):
    """What matters of a frame that is not the next expected event. Parley's and DCRF's alike."""

    action: str = ""
    response_status: int | None = None
    event: str | None = None


class Head(msgspec.Struct):
    head_seq: int | None = None


class Subscribed(msgspec.Struct):
    data: Head


def text(number: int) -> str:
    """The text of a room's message: `number` is found again in whatever the server makes of it."""
    return f"Message {number:08d}: shall we meet at the usual place after work tomorrow?"


class Parley:
    """`acknowledges`: a message has an answer beside its delivery."""

    acknowledges = True

    def path(self, room: int, token: str) -> str:
        return f"/ws/chat/room/?token={token}"

    def opening(self, room: int, after_seq: int | None = None) -> list[bytes]:
        """Frames to send first; the answer to the last one makes the socket ready."""
        subscribe = {"action": SUBSCRIBE, "request_id": REQUEST_ID}
        resume = {} if after_seq is None else {"after_seq": after_seq}
        return [
            encode({"action": "join_room", "request_id": 2, "pk": room}),
            encode({**subscribe, "pk": room, **resume}),
        ]

    def message(self, room: int, number: int) -> bytes:
        fields = {"pk": room, "message": text(number), "client_id": str(number)}
        return encode({"action": "create_message", "request_id": 3, **fields})


class Dcrf(Parley):
    def opening(self, room: int, after_seq: int | None = None) -> list[bytes]:
        assert after_seq is None, "the baseline has no way to resume"
        return super().opening(room)

    def message(self, room: int, number: int) -> bytes:
        return encode({"action": "create_message", "request_id": 3, "message": text(number)})


class Bare:
    acknowledges = False

    def path(self, room: int, token: str) -> str:
        return f"/{room}"

    def opening(self, room: int, after_seq: int | None = None) -> list[bytes]:
        return []

    def message(self, room: int, number: int) -> bytes:
        """As long as one of Parley's events, so that as many bytes are delivered."""
        return encode({"text": text(number), "filling": "." * 355})


Dialect = Parley | Bare
DIALECTS: dict[str, Dialect] = {"parley": Parley(), "dcrf": Dcrf(), "bare": Bare()}


def encode(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode()
