"""Coming back with `after_seq`: exactly what was missed, then what is live."""

from collections.abc import Callable

import pytest

from tests.harness.contract import Contract
from tests.harness.people import People
from tests.harness.sockets import Socket, seqs, subscribe

Connect = Callable[..., Socket]
SUBSCRIBE, UNSUBSCRIBE = "subscribe_to_messages_in_room", "unsubscribe_from_messages_in_room"


def test_resume_brings_exactly_what_was_missed(people: People, bob: Socket, room: int) -> None:
    for _ in range(5):
        people.alice.posts(room)

    reply = subscribe(bob, room, after_seq=4, epoch=bob.hello["data"]["epoch"])

    assert (reply["data"]["head_seq"], reply["data"]["complete"]) == (7, True)
    assert seqs(bob.events(3)) == [5, 6, 7]
    people.alice.posts(room)
    assert seqs(bob.events(1)) == [8]


def test_resume_from_nothing_and_from_the_head(
    people: People, bob: Socket, connect: Connect, room: int
) -> None:
    second = connect(people.bob)

    subscribe(bob, room, after_seq=0)
    subscribe(second, room, after_seq=2)

    assert seqs(bob.events(2)) == [1, 2]
    assert second.settle() == []


def test_resume_shows_objects_as_they_are_now(people: People, bob: Socket, room: int) -> None:
    message = people.alice.posts(room)
    people.alice.api.delete(f"/api/messages/{message['pk']}/")

    subscribe(bob, room, after_seq=2)

    created, deleted = bob.events(2)
    assert (created["action"], created["data"]["text"]) == ("create", "")
    assert deleted["data"] == created["data"]


def test_resume_of_two_subscriptions_from_different_places(
    people: People, bob: Socket, room: int
) -> None:
    people.alice.posts(room)
    subscribe(bob, room, request_id="a", after_seq=2)
    subscribe(bob, room, request_id="b", after_seq=0)

    people.alice.posts(room)

    frames = bob.events(6)
    assert [f["seq"] for f in frames if f["request_id"] == "a"] == [3, 4]
    assert [f["seq"] for f in frames if f["request_id"] == "b"] == [1, 2, 3, 4]


@pytest.fixture(scope="module")
def long_room(people: People, contract: Contract) -> int:
    """A room whose head is 1,002."""
    room: int = people.alice.makes_room()["pk"]
    token = [("token", people.alice.access)]
    writer = Socket(people.alice.server.socket_url, token, contract=contract)
    for number in range(1001):
        message = {"action": "create_message", "pk": room, "message": f"x {number}"}
        writer.send({**message, "request_id": number})
    assert writer.reply(1000, timeout=50)["data"]["seq"] == 1002
    writer.close()
    return room


def test_resume_past_a_thousand_missed_brings_none(
    people: People, bob: Socket, long_room: int
) -> None:
    reply = subscribe(bob, long_room, after_seq=1)
    assert (reply["data"]["head_seq"], reply["data"]["complete"]) == (1002, False)

    people.alice.posts(long_room)

    assert seqs(bob.events(1)) == [1003]


def test_resume_of_a_thousand_missed_brings_all(
    people: People, bob: Socket, long_room: int
) -> None:
    head = people.alice.sees_room(long_room)["last_seq"]

    reply = subscribe(bob, long_room, after_seq=head - 1000)

    assert (reply["data"]["head_seq"], reply["data"]["complete"]) == (head, True)
    assert seqs(bob.events(1000, timeout=20)) == list(range(head - 999, head + 1))


def test_subscribing_while_others_write_misses_nothing(
    people: People, bob: Socket, connect: Connect, room: int
) -> None:
    """Pipelined writes run on while one subscribes again and again from the beginning.

    Seen red with a server that forgets what came between its reading of the log and its reply, and
    with one that tells it twice.
    """
    writer = connect(people.alice)
    for number in range(200):
        writer.send({"action": "create_message", "pk": room, "message": "x", "request_id": number})
    for number in range(10):
        subscribe(bob, room, request_id=f"s{number}", after_seq=0)
    writer.reply(199, timeout=20)

    frames = bob.events(10 * 202, timeout=30)

    for number in range(10):
        mine = [frame["seq"] for frame in frames if frame["request_id"] == f"s{number}"]
        assert mine == list(range(1, 203))
