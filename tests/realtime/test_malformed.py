"""Frames that are no requests, or of no known action: answered, and the socket lives on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.sockets import Socket, answer_to, assert_refused

Connect = Callable[..., Socket]
ID = "id-1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "[]",
        "null",
        "5",
        '"x"',
        "true",
        "{",
        "{]",
        "ping",
        '{"action": "ping",}',
        "{'action': 'ping'}",
        '{"action": "ping"} {"action": "ping"}',
        '\ufeff{"action": "ping"}',
        "{}",
        '{"request_id": "id-1"}',
        '{"action": null}',
        '{"action": 5}',
        '{"action": ["ping"]}',
        '{"action": {"a": 1}}',
        '{"action": true}',
        '{"action": "ping", "action": "ping"}',
        '{"action": "typing", "pk": 1, "pk": 2, "typing": true}',
        '{"action": "create", "data": {"name": "a", "name": "b"}}',
        '{"action": "ping", "x": NaN}',
        '{"action": "ping", "x": Infinity}',
        '{"action": "ping", "x": -Infinity}',
        '{"action": "ping", "x": ' + "[" * 40 + "]" * 40 + "}",
        '{"action": "ping", "x": ' + "[" * 30_000 + "]" * 30_000 + "}",
        "[" * 60_000,
        '{"a":' * 12_000,
        '{"payload": {"action": "ping"}}',
        '{"stream": 5, "payload": {"action": "ping"}}',
    ],
    ids=lambda text: ascii(text[:40]),
)
def test_malformed_frame(bob: Socket, text: str) -> None:
    reply = answer_to(bob, text)

    assert_refused(reply, 400, "malformed")
    assert reply["data"] is None


@pytest.mark.parametrize(
    "request_id",
    ["[]", '["x"]', "{}", "true", "1.5", "1.0", '"' + "x" * 65 + '"', '"' + "x" * 10_000 + '"'],
    ids=lambda text: text[:10],
)
def test_bad_request_id_is_malformed_and_null(bob: Socket, request_id: str) -> None:
    reply = answer_to(bob, f'{{"action": "ping", "request_id": {request_id}}}')

    assert_refused(reply, 400, "malformed")
    assert (reply["request_id"], reply["action"]) == (None, "ping")


@pytest.mark.parametrize(
    "text",
    [
        '{"stream": "room"}',
        '{"stream": "room", "payload": null}',
        '{"stream": "room", "payload": []}',
        '{"stream": "room", "payload": {}}',
        '{"stream": "room", "payload": {"action": 5}}',
        '{"stream": "room", "payload": {"stream": "room", "payload": {"action": "ping"}}}',
    ],
)
def test_malformed_frame_in_an_envelope(bob: Socket, text: str) -> None:
    """Where the stream could be read, the answer comes in the envelope, else flat."""
    bob.ws.send(text)

    frame = json.loads(bob.ws.recv(5))
    assert frame.get("stream") in ("room", None)
    assert_refused(frame.get("payload", frame), 400, "malformed")
    assert bob.is_alive()


@pytest.mark.parametrize("request_id", [0, -5, 2**53, "", "x" * 64, "ünï", "a\u0000b"], ids=ascii)
def test_good_request_id_comes_back(bob: Socket, request_id: Any) -> None:
    assert bob.request("ping", request_id=request_id)["request_id"] == request_id


def test_absent_request_id_comes_back_as_null(bob: Socket) -> None:
    bob.ws.send('{"action": "ping"}')

    reply = bob.read(5)
    assert (reply["action"], reply["request_id"], reply["response_status"]) == ("ping", None, 200)


@pytest.mark.parametrize(
    "action",
    [
        "",
        "no_such",
        "Ping",
        "__init__",
        "__class__",
        "dispatch",
        "handle_action",
        "close",
        "send",
        "websocket_disconnect",
        "x" * 10_000,
        "päng",
        "\u0000",
        "ping ",
    ],
    ids=lambda action: ascii(action[:20]),
)
def test_unknown_action(bob: Socket, action: str) -> None:
    reply = bob.request(action)

    assert_refused(reply, 400, "unknown_action")
    assert reply["data"] is None
    assert bob.is_alive()
