"""Who is here, who types, and the heartbeat: frames without a seq."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.harness.contract import Contract
from tests.harness.people import People
from tests.harness.sockets import Socket, assert_refused

Connect = Callable[..., Socket]


@pytest.fixture(scope="module")
def idle(people: People, contract: Contract) -> Iterator[tuple[Socket, int, float]]:
    """A socket that only listens, opened before the other tests of this file run."""
    room = people.alice.makes_room()["pk"]
    token = [("token", people.alice.access)]
    socket = Socket(people.alice.server.socket_url, token, contract=contract)
    assert socket.request("subscribe_to_messages_in_room", pk=room)["response_status"] == 201
    yield socket, room, time.monotonic()
    socket.close()


@pytest.fixture
def alice(people: People, connect: Connect, room: int) -> Socket:
    socket = connect(people.alice)
    assert socket.request("join_room", pk=room)["response_status"] == 200
    return socket


@pytest.fixture
def bob(people: People, connect: Connect, room: int, alice: Socket) -> Socket:
    """Bob is here too, and Alice has seen him come."""
    socket = connect(people.bob)
    assert socket.request("join_room", pk=room)["response_status"] == 200
    joined = alice.event(action="presence", room=room)
    while people.bob.user not in joined["data"]["joined"]:
        joined = alice.event(action="presence", room=room)
    return socket


def test_presence_tells_of_who_comes(
    idle: object, people: People, alice: Socket, connect: Connect, room: int
) -> None:
    alice.settle(1.2)  # her own coming may be told as well

    connect(people.bob).request("join_room", pk=room)

    frame = alice.event(action="presence")
    assert (frame["room"], "seq" in frame) == (room, False)
    assert frame["data"] == {"joined": [people.bob.user], "left": [], "online": 2}


def test_presence_tells_of_who_goes(people: People, alice: Socket, bob: Socket, room: int) -> None:
    assert bob.request("leave_room", pk=room, stay_member=True)["response_status"] == 200

    frame = alice.event(action="presence")

    assert frame["data"] == {"joined": [], "left": [people.bob.user], "online": 1}


def test_presence_of_two_tabs_is_one_person(
    people: People, alice: Socket, bob: Socket, connect: Connect, room: int
) -> None:
    second = connect(people.bob)
    reply = second.request("join_room", pk=room)
    assert reply["data"]["online"] == 2

    assert bob.request("leave_room", pk=room, stay_member=True)["response_status"] == 200

    assert [f for f in alice.settle(1.5) if f["action"] == "presence"] == []
    assert people.alice.gets(f"/api/rooms/{room}/online/")["online"] == 2


def test_presence_is_not_for_those_outside(
    people: People, alice: Socket, connect: Connect, room: int
) -> None:
    outside = connect(people.charlie)
    outside.request("subscribe_to_messages_in_room", pk=room)

    connect(people.bob).request("join_room", pk=room)

    alice.event(action="presence")
    assert [f for f in outside.settle() if f["action"] == "presence"] == []


def test_typing_is_for_the_others_here(
    people: People, alice: Socket, bob: Socket, connect: Connect, room: int
) -> None:
    outside = connect(people.charlie)
    outside.request("subscribe_to_messages_in_room", pk=room)

    reply = bob.request("typing", pk=room, typing=True)

    assert (reply["response_status"], reply["data"]) == (200, {})
    frame = alice.event(action="typing")
    assert (frame["room"], frame["data"]) == (room, {"user": people.bob.user, "typing": True})
    bob.request("typing", pk=room, typing=False)
    assert alice.event(action="typing")["data"]["typing"] is False
    for socket in (bob, outside):
        assert [f for f in socket.settle() if f["action"] == "typing"] == []


def test_typing_needs_membership(people: People, connect: Connect, room: int) -> None:
    reply = connect(people.charlie).request("typing", pk=room, typing=True)

    assert_refused(reply, 403, "not_a_member")


def test_typing_ends_by_itself(people: People, alice: Socket, bob: Socket, room: int) -> None:
    bob.request("typing", pk=room, typing=True)
    assert alice.event(action="typing")["data"]["typing"] is True
    began = time.monotonic()

    ended = alice.event(action="typing", timeout=9)

    assert ended["data"] == {"user": people.bob.user, "typing": False}
    assert 4.5 < time.monotonic() - began < 8.5


def test_presence_in_the_envelope_of_the_join(
    people: People, alice: Socket, connect: Connect, room: int
) -> None:
    wrapped = connect(people.bob, stream="room")
    wrapped.request("join_room", pk=room)

    alice.request("typing", pk=room, typing=True)
    connect(people.charlie).request("join_room", pk=room)

    # The client class asserts that these came in the envelope.
    assert wrapped.event(action="typing")["data"]["user"] == people.alice.user
    frame = wrapped.event(action="presence", timeout=5)
    while people.charlie.user not in frame["data"]["joined"]:
        frame = wrapped.event(action="presence", timeout=5)


@pytest.mark.timeout(90)
def test_heartbeat_tells_the_heads(idle: tuple[Socket, int, float], people: People) -> None:
    socket, room, began = idle

    frame = socket.event(action="heartbeat", timeout=27)

    assert frame["data"] == {"heads": {str(room): 1}}
    assert people.alice.sees_room(room)["last_seq"] == 1
    waited = time.monotonic() - began
    assert waited < 60
