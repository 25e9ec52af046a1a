"""Reading a frame: what it asks, or what could still be read of it."""

import json
from typing import Any

import pytest

from backend.realtime.protocol import BadFrame, parse


def enveloped(payload: Any, stream: Any = "room") -> str:
    return json.dumps({"stream": stream, "payload": payload})


@pytest.mark.parametrize("request_id", [None, 0, -1, 7, "", "r-1", "x" * 64, 10**63, "\0", "é"])
@pytest.mark.parametrize("stream", [None, "room", "", "other"])
def test_parse_a_frame_of_either_form(request_id: Any, stream: str | None) -> None:
    payload = {"action": "join_room", "request_id": request_id, "pk": 1, "extra": [None]}

    frame = parse(json.dumps(payload) if stream is None else enveloped(payload, stream))

    assert (frame.action, frame.request_id) == ("join_room", request_id)
    assert frame.arguments == {"pk": 1, "extra": [None]}
    assert frame.form.stream == stream


def test_parse_without_request_id() -> None:
    assert parse('{"action":"ping"}').request_id is None


def test_parse_does_not_know_which_actions_there_are() -> None:
    assert parse('{"action":"' + "x" * 10_000 + '"}').action == "x" * 10_000


@pytest.mark.parametrize(
    "payload", ['{"action":"ping","stream":"x"}', '{"action":"ping","payload":1}']
)
def test_parse_takes_a_frame_that_has_an_action_as_flat(payload: str) -> None:
    assert parse(payload).form.stream is None


@pytest.mark.parametrize(
    "text",
    ["[]", "null", "5", '"x"', "", "{", "\ufeff{}", '{"action":"ping","action":"ping"}', "[" * 99],
    ids=repr,
)
def test_parse_of_no_object_reads_nothing(text: str) -> None:
    with pytest.raises(BadFrame) as caught:
        parse(text)

    bad = caught.value
    assert (bad.error.code, bad.action, bad.request_id) == ("malformed", None, None)
    assert bad.form.stream is None


@pytest.mark.parametrize(
    ("payload", "action", "request_id"),
    [
        ({}, None, None),
        ({"request_id": 5}, None, 5),
        ({"action": None, "request_id": "r"}, None, "r"),
        ({"action": 5, "request_id": "r"}, None, "r"),
        ({"action": ["ping"], "request_id": "r"}, None, "r"),
        ({"action": "\ud800", "request_id": "r"}, None, "r"),
        ({"action": "ping", "request_id": []}, "ping", None),
        ({"action": "ping", "request_id": {}}, "ping", None),
        ({"action": "ping", "request_id": True}, "ping", None),
        ({"action": "ping", "request_id": 1.0}, "ping", None),
        ({"action": "ping", "request_id": "x" * 65}, "ping", None),
        ({"action": "ping", "request_id": 10**64}, "ping", None),
        ({"action": "ping", "request_id": -(10**63)}, "ping", None),
        ({"action": "ping", "request_id": "\ud800"}, "ping", None),
        ({"action": 5, "request_id": []}, None, None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("stream", [None, "room"])
def test_parse_of_a_bad_frame_keeps_what_could_be_read(
    payload: Any, action: str | None, request_id: Any, stream: str | None
) -> None:
    with pytest.raises(BadFrame) as caught:
        parse(json.dumps(payload) if stream is None else enveloped(payload, stream))

    bad = caught.value
    assert (bad.error.code, bad.action, bad.request_id) == ("malformed", action, request_id)
    assert bad.form.stream == stream


@pytest.mark.parametrize(
    ("frame", "stream"),
    [
        ({"stream": "room", "payload": []}, "room"),
        ({"stream": "room", "payload": None}, "room"),
        ({"stream": "room"}, "room"),
        ({"stream": "room", "payload": {"action": "ping"}, "more": 1}, "room"),
        ({"stream": 5, "payload": {"action": "ping"}}, None),
        ({"stream": None, "payload": {"action": "ping"}}, None),
        ({"stream": "\ud800", "payload": {"action": "ping"}}, None),
    ],
    ids=repr,
)
def test_parse_of_a_bad_envelope(frame: Any, stream: str | None) -> None:
    with pytest.raises(BadFrame) as caught:
        parse(json.dumps(frame))

    assert caught.value.form.stream == stream
    assert caught.value.error.code == "malformed"
