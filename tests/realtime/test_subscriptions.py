"""Live subscriptions: each event once and in order, and never before the reply."""

from collections.abc import Callable

from tests.harness.people import People, canary
from tests.harness.sockets import Socket, seqs, subscribe

Connect = Callable[..., Socket]
SUBSCRIBE, UNSUBSCRIBE = "subscribe_to_messages_in_room", "unsubscribe_from_messages_in_room"


def test_subscribe_answers_where_the_log_stands(people: People, bob: Socket, room: int) -> None:
    reply = subscribe(bob, room, request_id="mine")

    assert reply["data"] == {
        "room": room,
        "head_seq": 2,
        "epoch": bob.hello["data"]["epoch"],
        "complete": True,
    }


def test_every_kind_of_event_with_its_words(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="sub")

    message = people.alice.posts(room)
    edited = people.alice.api.patch(f"/api/messages/{message['pk']}/", json={"text": "new"}).json()
    people.charlie.joins(room)
    people.charlie.leaves(room)
    people.alice.api.patch(f"/api/rooms/{room}/", json={"topic": "new"})
    people.alice.api.delete(f"/api/messages/{message['pk']}/")
    tombstone = people.alice.gets(f"/api/messages/{message['pk']}/")

    frames = bob.events(6)
    assert [(f["seq"], f["action"], f["event"], f["pk"]) for f in frames] == [
        (3, "create", "message.created", message["pk"]),
        (4, "update", "message.updated", message["pk"]),
        (5, "member.joined", "member.joined", room),
        (6, "member.left", "member.left", room),
        (7, "room.updated", "room.updated", room),
        (8, "delete", "message.deleted", message["pk"]),
    ]
    for frame in frames:
        assert (frame["request_id"], frame["room"], frame["errors"]) == ("sub", room, [])
        assert 200 <= frame["response_status"] < 300
    assert (frames[0]["data"], frames[1]["data"]) == (message, edited)
    assert set(frames[2]["data"]) >= {"user", "role", "muted_until", "by"}
    assert frames[2]["data"]["user"] == people.charlie.user
    assert frames[4]["data"]["topic"] == "new"
    assert "membership" not in frames[4]["data"]
    assert frames[5]["data"] == tombstone


def test_own_messages_arrive_too(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room)

    message = bob.request("create_message", pk=room, message=canary())["data"]

    assert bob.events(1)[0]["data"] == message


def test_reading_a_public_room_is_enough(people: People, connect: Connect, room: int) -> None:
    socket = connect(people.charlie)
    subscribe(socket, room)

    people.alice.posts(room)

    assert seqs(socket.events(1)) == [3]
    assert people.charlie.sees_room(room)["membership"] is None


def test_several_rooms_on_one_socket(people: People, bob: Socket) -> None:
    rooms = [people.alice.makes_room()["pk"] for _ in range(4)]
    for room in rooms[:3]:
        subscribe(bob, room, request_id="the same")

    for _ in range(3):
        for room in rooms:
            people.alice.posts(room)

    frames = bob.events(9)
    assert [(f["room"], f["seq"]) for f in frames if f["room"] == rooms[1]] == [
        (rooms[1], seq) for seq in (2, 3, 4)
    ]
    assert rooms[3] not in {frame["room"] for frame in frames}
    assert bob.settle() == []


def test_two_subscriptions_to_one_room_get_each_event_once(
    people: People, bob: Socket, room: int
) -> None:
    subscribe(bob, room, request_id="a")
    subscribe(bob, room, request_id=7)

    for _ in range(3):
        people.alice.posts(room)

    frames = bob.events(6)
    for request_id in ("a", 7):
        assert [f["seq"] for f in frames if f["request_id"] == request_id] == [3, 4, 5]
    assert bob.settle() == []


def test_number_and_text_are_two_request_ids(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id=1)
    subscribe(bob, room, request_id="1")

    people.alice.posts(room)

    assert {repr(frame["request_id"]) for frame in bob.events(2)} == {"1", "'1'"}


def test_the_same_pair_again_replaces(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="a")
    subscribe(bob, room, request_id="a")

    people.alice.posts(room)

    assert seqs(bob.events(1)) == [3]
    assert bob.settle() == []


def test_the_same_pair_again_may_rewind(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="a")
    people.alice.posts(room)
    bob.events(1)

    subscribe(bob, room, request_id="a", after_seq=1)

    assert seqs(bob.events(2)) == [2, 3]
    people.alice.posts(room)
    assert seqs(bob.events(1)) == [4]


def test_unsubscribe_ends_all_of_the_socket(
    people: People, bob: Socket, connect: Connect, room: int
) -> None:
    other = connect(people.bob)
    subscribe(other, room)
    subscribe(bob, room, request_id="a")
    subscribe(bob, room, request_id="b")

    reply = bob.request(UNSUBSCRIBE, pk=room)

    assert (reply["response_status"], reply["data"]) == (200, {})
    people.alice.posts(room)
    other.events(1)
    assert bob.settle() == []


def test_unsubscribe_from_what_was_not_subscribed(bob: Socket, room: int) -> None:
    assert bob.request(UNSUBSCRIBE, pk=room)["response_status"] == 200
