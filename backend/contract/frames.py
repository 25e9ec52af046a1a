"""Frames of the socket: replies, events and what the server says unasked.

A frame is JSON in UTF-8, ready to be sent. An event is encoded once: a subscriber's frame differs
only in how it begins (its `request_id`, and the stream of dcrf-client's envelope), so that it is
put together from parts.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from backend.chat import errors as chat
from backend.chat import models

from . import errors, shapes
from .json import encode

RequestId = str | int | None

# DCRF's words for what happened to a model instance, with the status it sends along.
_ACTIONS = {
    "message.created": ("create", 201),
    "message.updated": ("update", 200),
    "reaction.added": ("update", 200),
    "reaction.removed": ("update", 200),
    "message.deleted": ("delete", 200),
}


@dataclass(frozen=True, slots=True)
class Form:
    """How a frame came, and so how its answers go: flat, or in dcrf-client's envelope."""

    stream: str | None = None

    def frame(self, payload: bytes) -> bytes:
        if self.stream is None:
            return payload
        return b'{"stream":%b,"payload":%b}' % (encode(self.stream), payload)


FLAT = Form()
_HERE = b"\0"  # no stream name can hold it unescaped


@dataclass(frozen=True, slots=True)
class Address:
    """Where the frames of one subscription go: built once, put before every event."""

    before: bytes
    after: bytes

    @classmethod
    def of(cls, form: Form, request_id: RequestId) -> "Address":
        before, _, after = form.frame(_HERE).partition(_HERE)
        return cls(b'%b{"request_id":%b' % (before, id_json(request_id)), after)

    def frame(self, tail: bytes) -> bytes:
        return b"%b%b%b" % (self.before, tail, self.after)


def reply(
    *, action: str | None, request_id: RequestId, status: int, data: Any, form: Form
) -> bytes:
    return form.frame(_answer(action, request_id, status, [], data))


def refusal(
    *, action: str | None, request_id: RequestId, error: chat.ChatError, form: Form
) -> bytes:
    listed = [errors.shape(error)]
    return form.frame(_answer(action, request_id, errors.status(error), listed, error.data))


def _answer(
    action: str | None, request_id: RequestId, status: int, listed: list[Any], data: Any
) -> bytes:
    return b'{"action":%b,"request_id":%b,"response_status":%d,"errors":%b,"data":%b}' % (
        encode(action),
        id_json(request_id),
        status,
        encode(listed),
        encode(data),
    )


def id_json(request_id: RequestId) -> bytes:
    # An integer of up to 64 digits goes back as it came; encoders stop at 64 bits.
    return b"%d" % request_id if isinstance(request_id, int) else encode(request_id)


def event_tail(event: models.Event, *, online_count: int = 0) -> bytes:
    """Everything of an event's frame but its beginning; put it behind an `Address`."""
    shape = shapes.Event.of(event, online_count=online_count)
    action, status = _ACTIONS.get(shape.event, (shape.event, 200))
    return _tail(
        {
            "action": action,
            "event": shape.event,
            "room": shape.room,
            "seq": shape.seq,
            "pk": event.message_id or event.room_id,
            "data": shape.data,
            "errors": [],
            "response_status": status,
        }
    )


def instance_tail(action: str, room: models.Room, *, online_count: int = 0) -> bytes:
    """DCRF's `update` or `delete` of one instance, for `subscribe_instance`."""
    return _tail(
        {
            "action": action,
            "room": room.pk,
            "pk": room.pk,
            "data": shapes.Room.public(room, online_count=online_count),
            "errors": [],
            "response_status": 200,
        }
    )


def ended_tail(room: int, reason: str) -> bytes:
    return _tail({"action": "subscription.ended", "room": room, "data": {"reason": reason}})


def inbox_tail(action: str, room: int, data: Any) -> bytes:
    """`inbox`, `inbox.joined` and `inbox.left`; put it behind an `Address`."""
    return _tail({"action": action, "room": room, "data": data})


def notice(action: str, data: Any, *, room: int | None = None) -> bytes:
    """What the server says unasked and without a subscription: presence, typing, heartbeat, bye."""
    about = {} if room is None else {"room": room}
    return encode({"action": action, **about, "data": data})


def hello(data: dict[str, Any]) -> bytes:
    return reply(action="hello", request_id=None, status=200, data=data, form=FLAT)


def bye(code: int, reason: str, *, reconnect: bool, retry_after_ms: int = 0) -> bytes:
    data = {
        "code": code,
        "reason": reason,
        "reconnect": reconnect,
        "retry_after_ms": retry_after_ms,
    }
    return notice("bye", data)


def _tail(members: dict[str, Any]) -> bytes:
    return b"," + encode(members)[1:]


def as_data(shape: Any) -> Any:
    """A shape as plain values, for what travels through the channel layer."""
    return msgspec.to_builtins(shape, builtin_types=(bytes,))
