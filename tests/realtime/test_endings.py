"""How subscriptions end, and rooms that are watched as instances."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, Person, unique
from tests.harness.sockets import Socket, seqs, subscribe

Connect = Callable[..., Socket]
SUBSCRIBE, UNSUBSCRIBE = "subscribe_to_messages_in_room", "unsubscribe_from_messages_in_room"


def leaves_by_rest(person: Person, socket: Socket, room: int) -> None:
    person.leaves(room)


def leaves_by_socket(person: Person, socket: Socket, room: int) -> None:
    assert socket.request("leave_room", pk=room)["response_status"] == 200


@pytest.mark.parametrize("leave", [leaves_by_rest, leaves_by_socket])
def test_leaving_ends_subscriptions_on_all_sockets(
    people: People, bob: Socket, connect: Connect, room: int, leave: Any
) -> None:
    second, witness = connect(people.bob), connect(people.alice)
    subscribe(bob, room, request_id="a")
    subscribe(second, room, request_id="b")
    subscribe(witness, room)

    leave(people.bob, bob, room)

    for socket, request_id in [(bob, "a"), (second, "b")]:
        ended = socket.event(action="subscription.ended", timeout=2)
        assert (ended["request_id"], ended["room"]) == (request_id, room)
        assert ended["data"] == {"reason": "left"}
    people.alice.posts(room)
    witness.event(action="create")
    for socket in (bob, second):
        # The event of the leaving itself may have come before the end, nothing after it.
        assert [f for f in socket.settle() if f.get("event") == "message.created"] == []


def test_coming_back_after_leaving(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="a")
    people.bob.leaves(room)
    bob.event(action="subscription.ended", timeout=2)
    bob.settle()

    subscribe(bob, room, request_id="a")
    people.alice.posts(room)

    assert seqs(bob.events(1)) == [4]


def test_deleting_a_room_ends_subscriptions(
    people: People, bob: Socket, connect: Connect, room: int
) -> None:
    outside = connect(people.charlie)
    subscribe(bob, room, request_id="a")
    subscribe(outside, room, request_id="b")
    assert bob.request("join_room", pk=room)["response_status"] == 200

    assert people.alice.api.delete(f"/api/rooms/{room}/").status_code == 204

    for socket in (bob, outside):
        ended = socket.event(action="subscription.ended", timeout=2)
        assert ended["data"] == {"reason": "room_deleted"}
    for action in ("join_room", SUBSCRIBE, "history"):
        assert bob.request(action, pk=room)["response_status"] == 404


# -- instances -------------------------------------------------------------------------------


def test_instance_frames_of_change_and_deletion(people: People, bob: Socket, room: int) -> None:
    reply = bob.request("subscribe_instance", pk=room, request_id="watch")
    assert (reply["response_status"], reply["data"]) == (201, {})
    name = unique("renamed")

    people.alice.api.patch(f"/api/rooms/{room}/", json={"name": name})

    updated = bob.event(action="update", request_id="watch")
    assert (updated["data"]["pk"], updated["data"]["name"]) == (room, name)
    people.alice.api.delete(f"/api/rooms/{room}/")
    deleted = bob.event(action="delete", request_id="watch")
    assert deleted["data"]["pk"] == room


def test_instance_frames_end_with_unsubscribe(people: People, bob: Socket, room: int) -> None:
    bob.request("subscribe_instance", pk=room, request_id="watch")

    reply = bob.request("unsubscribe_instance", pk=room)

    assert (reply["response_status"], reply["data"]) == (200, {})
    people.alice.api.patch(f"/api/rooms/{room}/", json={"topic": "new"})
    assert bob.settle(1) == []


def test_instance_frames_end_when_a_private_room_is_left(
    people: People, connect: Connect, private_room: int
) -> None:
    socket = connect(people.alice)
    socket.request("subscribe_instance", pk=private_room, request_id="watch")
    people.alice.leaves(private_room)
    socket.settle(1)

    reply = socket.request("subscribe_instance", pk=private_room)

    assert reply["response_status"] == 404
