"""Values that no field takes, and more frames than anybody sends."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People
from tests.harness.sockets import Socket, answer_to, assert_refused

Connect = Callable[..., Socket]
ID = "id-1"


@pytest.mark.parametrize("value", [-1, 1.5, "5", True, None, [], 2**64, 10**30], ids=str)
def test_bad_after_seq(bob: Socket, room: int, value: Any) -> None:
    """Null is as good as absent, or refused; the rest is no seq."""
    reply = bob.request("subscribe_to_messages_in_room", pk=room, after_seq=value)

    if value is None and reply["response_status"] == 201:
        return
    assert_refused(reply, 400, "invalid", "after_seq")
    assert bob.is_alive()


@pytest.mark.parametrize(
    "fields",
    [{"after_seq": 3}, {"after_seq": 2**53}, {"after_seq": 0, "epoch": "another"}],
    ids=str,
)
def test_after_seq_that_cannot_be_continued(
    bob: Socket, people: People, room: int, fields: dict[str, Any]
) -> None:
    reply = bob.request("subscribe_to_messages_in_room", pk=room, **fields)

    assert_refused(reply, 409, "resync_required")
    assert reply["data"] == {"head_seq": 2, "epoch": bob.hello["data"]["epoch"]}
    people.alice.posts(room)
    assert bob.settle(0.5) == []


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "\u200b\u200d", "x" * 4001, "a\u0000b", 5, None, ["x"], {"a": 1}, True],
    ids=lambda text: ascii(text)[:16],
)
def test_bad_text(bob: Socket, room: int, text: Any) -> None:
    reply = bob.request("create_message", pk=room, message=text)

    assert_refused(reply, 400, "invalid", "message")
    assert bob.is_alive()


@pytest.mark.parametrize(
    "raw",
    [
        '"message": "\\ud800"',
        '"message": "\\udc00 x"',
        '"message": "x", "client_id": "\\ud800"',
        '"message": 1e400',
        '"message": ' + "9" * 5000,
        '"message": "x", "\\ud800": 1',
        '"message": "x", "client_id": ' + "9" * 5000,
    ],
    ids=lambda raw: raw[:34],
)
def test_value_that_is_none(bob: Socket, room: int, raw: str) -> None:
    """Lone surrogates, and numbers that nothing can hold."""
    text = f'{{"action": "create_message", "request_id": "{ID}", "pk": {room}, {raw}}}'

    reply = answer_to(bob, text)

    assert_refused(reply, 400, ("invalid", "malformed"))


@pytest.mark.parametrize("digits", ["9" * 5000, "1e400", "-" + "9" * 5000])
@pytest.mark.parametrize("name", ["pk", "after_seq"])
def test_number_that_nothing_can_hold(bob: Socket, room: int, name: str, digits: str) -> None:
    fields = {"pk": str(room), name: digits}
    inner = ", ".join(f'"{key}": {value}' for key, value in fields.items())

    reply = answer_to(bob, f'{{"action": "subscribe_to_messages_in_room", {inner}}}')

    assert_refused(reply, 400, ("invalid", "malformed"))


def test_a_thousand_joins_of_one_room(bob: Socket, people: People, room: int) -> None:
    for number in range(1000):
        bob.send({"action": "join_room", "pk": room, "request_id": number})

    replies = [bob.reply(number, timeout=30) for number in range(1000)]

    assert {reply["response_status"] for reply in replies} == {200}
    assert replies[-1]["data"]["online"] == 1
    assert people.alice.sees_room(room)["last_seq"] == 2


def test_two_thousand_frames_at_once(bob: Socket) -> None:
    for number in range(2000):
        bob.ws.send(json.dumps({"action": "ping", "request_id": number}))

    assert [bob.read(20)["request_id"] for _ in range(2000)] == list(range(2000))
