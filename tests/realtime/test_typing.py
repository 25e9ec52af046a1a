"""Typing: a word to the others here, throttled, and over by itself."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.harness.people import People
from tests.harness.sockets import Frame, Socket, assert_refused, ok

Connect = Callable[..., Socket]


@pytest.fixture
def here(alice: Socket, bob: Socket, room: int) -> tuple[Socket, Socket]:
    """Alice and Bob are in the room, and have nothing else to read."""
    for socket in (alice, bob):
        ok(socket.request("join_room", pk=room))
    for socket in (alice, bob):
        socket.settle(1.2)
    return alice, bob


def typing(frames: list[Frame]) -> list[bool]:
    return [frame["data"]["typing"] for frame in frames if frame["action"] == "typing"]


def test_typing_repeated_is_told_once_and_lasts(here: tuple[Socket, Socket], room: int) -> None:
    alice, bob = here

    for _ in range(4):
        ok(bob.request("typing", pk=room, typing=True))
        alice.settle(0.0)
        time.sleep(1.6)

    told = [f for f in alice.journal if f["action"] == "typing"]
    assert typing(told) == [True]
    # More than six seconds after the first word, it lasts because of the last one.
    time.sleep(1.2)
    alice.settle()
    assert typing([f for f in alice.journal if f["action"] == "typing"]) == [True]
    ended = alice.event(action="typing", timeout=6)
    assert ended["data"]["typing"] is False


def test_typing_stopped_is_told_at_once_and_once(here: tuple[Socket, Socket], room: int) -> None:
    alice, bob = here
    ok(bob.request("typing", pk=room, typing=True))

    for _ in range(3):
        ok(bob.request("typing", pk=room, typing=False))

    assert typing(alice.settle(1)) == [True, False]


def test_typing_that_never_began_is_not_told(here: tuple[Socket, Socket], room: int) -> None:
    alice, bob = here

    ok(bob.request("typing", pk=room, typing=False))

    assert typing(alice.settle(0.5)) == []


def test_typing_is_not_told_to_own_sockets(
    people: People, here: tuple[Socket, Socket], connect: Connect, room: int
) -> None:
    _, bob = here
    phone = connect(people.bob)
    ok(phone.request("join_room", pk=room))

    ok(bob.request("typing", pk=room, typing=True))

    assert typing(phone.settle(0.5)) == []


def test_typing_refused(people: People, bob: Socket, connect: Connect, room: int) -> None:
    outside = connect(people.charlie)
    private = people.alice.makes_room(kind="private")["pk"]

    assert_refused(outside.request("typing", pk=room, typing=True), 403, "not_a_member")
    assert_refused(outside.request("typing", pk=private, typing=True), 404, "not_found")
    assert_refused(bob.request("typing", pk=999_999_999, typing=True), 404, "not_found")
    path = f"/api/rooms/{room}/members/{people.bob.pk}/"
    until = {"muted_until": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    assert people.alice.api.patch(path, json=until).status_code == 200
    assert_refused(bob.request("typing", pk=room, typing=True), 403, "muted")


def test_typing_is_in_no_log(here: tuple[Socket, Socket], people: People, room: int) -> None:
    _, bob = here

    ok(bob.request("typing", pk=room, typing=True))

    assert people.alice.sees_room(room)["last_seq"] == 2
