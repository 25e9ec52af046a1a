"""Whoever is put out of a room hears nothing more of it, on any socket, within two seconds."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, Person
from tests.harness.server import Server
from tests.harness.sockets import Frame, Socket, assert_refused, ok, subscribe

Connect = Callable[..., Socket]
WITHIN = 2.0


def kick(people: People, room: int, person: Person) -> None:
    path = f"/api/rooms/{room}/members/{person.pk}/"
    assert people.alice.api.delete(path).status_code == 204


def ban(people: People, room: int, person: Person) -> None:
    path = f"/api/rooms/{room}/members/{person.pk}/"
    assert people.alice.api.delete(path, params={"ban": "true"}).status_code == 204


EVICTIONS = [(kick, "kicked"), (ban, "banned")]


def heard_of(socket: Socket, room: int) -> list[Frame]:
    """What came of a room, but for the word that it is over."""
    return [
        frame
        for frame in socket.settle()
        if frame.get("room") == room and frame["action"] not in ("subscription.ended", "inbox.left")
    ]


@pytest.mark.parametrize(("put_out", "reason"), EVICTIONS)
def test_eviction_ends_everything_on_all_sockets(
    people: People,
    alice: Socket,
    bob: Socket,
    connect: Connect,
    room: int,
    put_out: Callable[..., None],
    reason: str,
) -> None:
    phone, tablet = connect(people.bob), connect(people.bob, stream="room")
    for socket in (alice, bob, phone):
        ok(socket.request("join_room", pk=room))
    for socket in (alice, bob, phone, tablet):
        subscribe(socket, room, request_id="log")
    subscribe(bob, room, request_id="log again")
    ok(phone.request("subscribe_instance", pk=room, request_id="watch"), 201)
    for socket in (alice, bob, phone, tablet):
        socket.settle(1.2)

    put_out(people, room, people.bob)
    began = time.monotonic()

    expected = {bob: ["log", "log again"], phone: ["log", "watch"], tablet: ["log"]}
    for socket, subscriptions in expected.items():
        ended = [
            socket.event(action="subscription.ended", room=room, timeout=WITHIN)
            for _ in subscriptions
        ]
        assert sorted(frame["request_id"] for frame in ended) == subscriptions
        assert [frame["data"] for frame in ended] == [{"reason": reason}] * len(ended)
    while people.alice.gets(f"/api/rooms/{room}/online/")["online"] > 1:
        assert time.monotonic() - began < WITHIN
        time.sleep(0.05)
    assert time.monotonic() - began < WITHIN
    [left] = alice.events(1)
    assert (left["event"], left["data"]["user"]) == ("member.left", people.bob.user)
    assert left["data"]["by"] == people.alice.user
    assert alice.event(action="presence", room=room)["data"]["left"] == [people.bob.user]

    for socket in expected:
        heard_of(socket, room)
    people.alice.posts(room)
    ok(alice.request("typing", pk=room, typing=True))
    people.charlie.joins(room)
    ok(connect(people.charlie).request("join_room", pk=room))
    alice.event(action="presence", timeout=3)
    for socket in expected:
        assert heard_of(socket, room) == []
        assert str(room) not in ok(socket.request("ping"))["heads"]
        assert socket.is_alive()


@pytest.mark.parametrize(("put_out", "reason"), EVICTIONS)
def test_eviction_ends_speaking(
    people: People,
    bob: Socket,
    room: int,
    put_out: Callable[..., None],
    reason: str,
) -> None:
    ok(bob.request("join_room", pk=room))

    put_out(people, room, people.bob)

    code = "banned" if reason == "banned" else "not_a_member"
    assert_refused(bob.request("create_message", message="x"), 403, code)
    assert_refused(bob.request("create_message", pk=room, message="x"), 403, code)
    assert_refused(bob.request("typing", pk=room, typing=True), 403, code)
    assert_refused(bob.request("leave_room", pk=room), 403, code)


def test_kicked_person_may_subscribe_and_join_again(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="a")
    ok(bob.request("join_room", pk=room))
    kick(people, room, people.bob)
    bob.event(action="subscription.ended", timeout=WITHIN)

    assert subscribe(bob, room, request_id="a")["data"]["head_seq"] == 3
    assert ok(bob.request("join_room", pk=room))["online"] == 1
    people.alice.posts(room)

    assert [frame["seq"] for frame in bob.events(2)] == [4, 5]
    assert people.alice.gets(f"/api/rooms/{room}/online/")["online"] == 1
    time.sleep(1.5)  # what is done once a second comes too late to hurt
    assert people.alice.gets(f"/api/rooms/{room}/online/")["online"] == 1


def test_ban_ends_the_subscription_of_who_only_reads(
    people: People, connect: Connect, room: int
) -> None:
    readers = [connect(people.charlie), connect(people.charlie, stream="room")]
    for socket in readers:
        subscribe(socket, room, request_id="r")
    ok(readers[0].request("subscribe_instance", pk=room, request_id="watch"), 201)

    ban(people, room, people.charlie)

    for socket, names in zip(readers, (["r", "watch"], ["r"]), strict=True):
        ended = [
            socket.event(action="subscription.ended", room=room, timeout=WITHIN) for _ in names
        ]
        assert sorted(frame["request_id"] for frame in ended) == names
        assert {frame["data"]["reason"] for frame in ended} == {"banned"}
    people.alice.posts(room)
    people.alice.api.patch(f"/api/rooms/{room}/", json={"topic": "new"})
    time.sleep(0.5)
    for socket in readers:
        assert heard_of(socket, room) == []


def test_kick_leaves_readers_alone(people: People, connect: Connect, room: int) -> None:
    """Only the person's own subscriptions end."""
    reader = connect(people.charlie)
    subscribe(reader, room)

    kick(people, room, people.bob)
    people.alice.posts(room)

    assert [f["event"] for f in reader.events(2)] == ["member.left", "message.created"]


def test_lifted_ban_lets_subscribe_at_once(people: People, bob: Socket, room: int) -> None:
    subscribe(bob, room, request_id="a")
    ban(people, room, people.bob)
    bob.event(action="subscription.ended", timeout=WITHIN)
    path = f"/api/rooms/{room}/members/{people.bob.pk}/"
    assert people.alice.api.post(path).status_code == 204

    subscribe(bob, room, request_id="b")
    ok(bob.request("join_room", pk=room))
    people.alice.posts(room)

    assert [f["event"] for f in bob.events(2)] == ["member.joined", "message.created"]
    assert [f for f in bob.settle(2) if f["action"] == "subscription.ended"] == []


def test_eviction_of_one_room_is_of_that_room(people: People, bob: Socket, room: int) -> None:
    other = people.alice.makes_room()["pk"]
    people.bob.joins(other)
    for pk in (room, other):
        subscribe(bob, pk, request_id=f"of {pk}")
        ok(bob.request("join_room", pk=pk))

    ban(people, room, people.bob)
    bob.event(action="subscription.ended", room=room, timeout=WITHIN)

    people.alice.posts(other)
    assert bob.events(1)[0]["room"] == other
    assert people.alice.gets(f"/api/rooms/{other}/online/")["online"] == 1


def test_eviction_frees_the_last_joined_room(people: People, bob: Socket, room: int) -> None:
    """Without `pk` a message goes to the room last joined; a lost one takes none."""
    ok(bob.request("join_room", pk=room))
    kick(people, room, people.bob)

    reply = bob.request("create_message", message="x")

    assert reply["response_status"] in (400, 403)


def test_eviction_reaches_all_workers(
    make_server: Callable[..., Server], stack: Any, people: People, contract: Any
) -> None:
    """Sockets of one person on two workers, and the kick comes through either."""
    if not stack.redis_url:
        pytest.skip("several workers need Redis")
    server = make_server(workers=2, ACCESS_TOKEN_SECONDS="3600")
    crowd = People(lambda name: Person(server, contract, name))
    room = crowd.alice.makes_room()["pk"]
    for person in (crowd.bob, crowd.charlie):
        person.joins(room)
    query = {person: [("token", person.access)] for person in (crowd.bob, crowd.charlie)}
    # The kernel spreads connections over the workers; of eight, both have some.
    sockets = {
        person: [Socket(server.socket_url, query[person], contract=contract) for _ in range(8)]
        for person in query
    }
    try:
        for of_one in sockets.values():
            for socket in of_one:
                subscribe(socket, room, request_id="log")
                ok(socket.request("join_room", pk=room))

        kick(crowd, room, crowd.bob)
        ban(crowd, room, crowd.charlie)
        deadline = time.monotonic() + WITHIN

        for person, reason in ((crowd.bob, "kicked"), (crowd.charlie, "banned")):
            for socket in sockets[person]:
                left = max(deadline - time.monotonic(), 0.01)
                ended = socket.event(action="subscription.ended", timeout=left)
                assert ended["data"]["reason"] == reason
        while crowd.alice.gets(f"/api/rooms/{room}/online/")["online"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        for of_one in sockets.values():
            for socket in of_one:
                socket.close()
        server.stop()
