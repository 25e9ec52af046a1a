"""Frames put together from texts are the JSON that they would be if they were built whole.

Put the stream's name into `Form.frame` as it is, and a quotation mark in it breaks the frame.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.chat.errors import Conflict, ResyncRequired, Unavailable
from backend.contract import frames
from backend.contract.frames import FLAT, Address, Form

printable = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
request_ids = st.none() | printable | st.integers(-(10**63), 10**63)
forms = st.just(FLAT) | st.builds(Form, printable)


def content(frame: bytes, form: Form) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(frame)
    if form.stream is None:
        return found
    assert set(found) == {"stream", "payload"} and found["stream"] == form.stream
    inner: dict[str, Any] = found["payload"]
    return inner


@given(request_ids, forms, printable)
def test_reply(request_id: Any, form: Form, said: str) -> None:
    frame = frames.reply(
        action="ping", request_id=request_id, status=200, data={"said": said}, form=form
    )

    assert content(frame, form) == {
        "action": "ping",
        "request_id": request_id,
        "response_status": 200,
        "errors": [],
        "data": {"said": said},
    }


@given(request_ids, forms, printable)
def test_address_begins_a_subscribers_frame(request_id: Any, form: Form, said: str) -> None:
    tail = frames.ended_tail(7, said)

    frame = Address.of(form, request_id).frame(tail)

    assert content(frame, form) == {
        "request_id": request_id,
        "action": "subscription.ended",
        "room": 7,
        "data": {"reason": said},
    }


@pytest.mark.parametrize("stream", ["\0", "payload", '"', "}{", "\u2028", "{\0}"])
def test_address_of_an_odd_stream(stream: str) -> None:
    form = Form(stream)

    frame = Address.of(form, "\0").frame(frames.ended_tail(1, "left"))

    assert content(frame, form)["request_id"] == "\0"


@pytest.mark.parametrize(
    ("error", "status", "data", "retry"),
    [
        (Conflict(field="name"), 409, None, None),
        (ResyncRequired(head_seq=5, epoch="e"), 409, {"head_seq": 5, "epoch": "e"}, None),
        (Unavailable(), 503, None, 1000),
    ],
)
def test_refusal(error: Any, status: int, data: Any, retry: int | None) -> None:
    frame = frames.refusal(action=None, request_id="r", error=error, form=FLAT)

    told = json.loads(frame)
    expected = {"code": error.code, "detail": error.detail, "field": error.field}
    if retry:
        expected["retry_after_ms"] = retry
    assert told["errors"] == [expected]
    assert (told["action"], told["request_id"]) == (None, "r")
    assert (told["response_status"], told["data"]) == (status, data)


def test_notice_of_a_room_and_without_one() -> None:
    assert json.loads(frames.notice("typing", {"a": 1}, room=3)) == {
        "action": "typing",
        "room": 3,
        "data": {"a": 1},
    }
    assert json.loads(frames.notice("heartbeat", {})) == {"action": "heartbeat", "data": {}}


def test_bye() -> None:
    assert json.loads(frames.bye(4408, "slow", reconnect=True)) == {
        "action": "bye",
        "data": {"code": 4408, "reason": "slow", "reconnect": True, "retry_after_ms": 0},
    }
