"""The actions of rooms and messages with their replies, and what they change for REST to see."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, canary, unique
from tests.harness.sockets import Socket, assert_refused, ok

Connect = Callable[..., Socket]

# -- join and leave --------------------------------------------------------------------------


def test_join_room_by_pk_makes_a_member_who_is_present(
    people: People, connect: Connect, room: int
) -> None:
    data = ok(connect(people.charlie).request("join_room", pk=room))

    assert data["current_users"] == [people.charlie.user]
    assert (data["online"], data["head_seq"]) == (1, 3)
    assert data["room"]["pk"] == room
    assert data["room"]["membership"]["role"] == "member"
    assert data["epoch"]
    assert people.charlie.sees_room(room)["membership"] is not None


def test_join_room_by_name_in_any_case(people: People, bob: Socket, room: int) -> None:
    name = people.alice.sees_room(room)["name"]

    data = ok(bob.request("join_room", name=name.upper()))

    assert data["room"]["pk"] == room


def test_join_room_by_a_name_of_nothing(bob: Socket) -> None:
    assert_refused(bob.request("join_room", name=unique("nothing")), 404, "not_found")


def test_join_room_by_the_name_of_a_private_room(
    people: People, bob: Socket, private_room: int
) -> None:
    name = people.alice.sees_room(private_room)["name"]

    assert_refused(bob.request("join_room", name=name), 404, "not_found")


def test_pk_may_be_a_string_of_digits(people: People, bob: Socket, room: int) -> None:
    """As the page of the tutorial sends it, from an input."""
    pk = str(room)

    ok(bob.request("join_room", pk=pk))
    ok(bob.request("subscribe_to_messages_in_room", pk=pk), 201)
    message = ok(bob.request("create_message", pk=pk, message=canary()), 201)
    ok(bob.request("update_message", pk=str(message["pk"]), message=canary()))
    ok(bob.request("retrieve", pk=pk))
    ok(bob.request("leave_room", pk=pk))


def test_join_room_lists_everybody_who_is_here(
    people: People, alice: Socket, bob: Socket, room: int
) -> None:
    ok(alice.request("join_room", pk=room))

    data = ok(bob.request("join_room", pk=room))

    assert sorted(user["pk"] for user in data["current_users"]) == sorted(
        [people.alice.pk, people.bob.pk]
    )
    assert data["online"] == data["room"]["online_count"] == 2


def test_leave_room_ends_membership_and_presence(people: People, bob: Socket, room: int) -> None:
    ok(bob.request("join_room", pk=room))

    assert ok(bob.request("leave_room", pk=room)) == {}

    assert people.bob.sees_room(room)["membership"] is None
    assert people.alice.gets(f"/api/rooms/{room}/online/") == {"users": [], "online": 0}


def test_leave_room_stay_member_ends_presence_here_alone(
    people: People, bob: Socket, connect: Connect, room: int
) -> None:
    second = connect(people.bob)
    for socket in (bob, second):
        ok(socket.request("join_room", pk=room))
        ok(socket.request("subscribe_to_messages_in_room", pk=room), 201)

    ok(bob.request("leave_room", pk=room, stay_member=True))

    assert people.bob.sees_room(room)["membership"]["role"] == "member"
    assert people.alice.gets(f"/api/rooms/{room}/online/")["online"] == 1
    people.alice.posts(room)
    second.events(1)
    assert [frame for frame in bob.settle() if "event" in frame] == []


# -- messages --------------------------------------------------------------------------------


def test_create_message_is_stored_when_it_is_answered(
    people: People, bob: Socket, room: int
) -> None:
    text = canary()

    message = ok(bob.request("create_message", pk=room, message=text, client_id="c:1"), 201)

    assert (message["text"], message["seq"], message["client_id"]) == (text, 3, "c:1")
    assert message["user"] == people.bob.user
    assert people.alice.gets(f"/api/rooms/{room}/messages/")["results"] == [message]


def test_create_message_goes_to_the_room_joined_last(people: People, bob: Socket) -> None:
    first, second = people.bob.makes_room()["pk"], people.bob.makes_room()["pk"]
    ok(bob.request("join_room", pk=first))
    ok(bob.request("join_room", pk=second))

    message = ok(bob.request("create_message", message=canary()), 201)

    assert message["room"] == second


def test_create_message_needs_membership(people: People, connect: Connect, room: int) -> None:
    reply = connect(people.charlie).request("create_message", pk=room, message=canary())

    assert_refused(reply, 403, "not_a_member")


def test_create_message_repeated_over_both_doors_is_one_message(
    people: People, bob: Socket, room: int
) -> None:
    text, client_id = canary(), unique("id")
    message = people.bob.posts(room, text, client_id=client_id)

    again = ok(bob.request("create_message", pk=room, message=text, client_id=client_id))
    other = bob.request("create_message", pk=room, message=canary(), client_id=client_id)

    assert again == {**message, "duplicate": True}
    assert_refused(other, 409, "conflict", "client_id")
    assert people.alice.sees_room(room)["last_seq"] == 3


def test_update_message_and_an_old_version(people: People, bob: Socket, room: int) -> None:
    pk = people.bob.posts(room)["pk"]
    text = canary()

    edited = ok(bob.request("update_message", pk=pk, message=text, version=1))
    late = bob.request("update_message", pk=pk, message=canary(), version=1)

    assert (edited["text"], edited["version"]) == (text, 2)
    assert_refused(late, 409, "conflict")
    assert people.alice.gets(f"/api/messages/{pk}/") == edited


def test_delete_message_leaves_a_tombstone(people: People, bob: Socket, room: int) -> None:
    pk = people.bob.posts(room)["pk"]

    tombstone = ok(bob.request("delete_message", pk=pk))

    assert tombstone["text"] == ""
    assert tombstone["deleted_at"]
    assert people.alice.gets(f"/api/messages/{pk}/") == tombstone


@pytest.mark.parametrize(
    "query", [{}, {"limit": 2}, {"before_seq": 5}, {"after_seq": 4}, {"around_seq": 5, "limit": 3}]
)
def test_history_is_the_body_of_rest(
    people: People, connect: Connect, room: int, query: dict[str, int]
) -> None:
    for _ in range(5):
        people.alice.posts(room)
    rest = people.charlie.gets(f"/api/rooms/{room}/messages/", params=query)

    assert ok(connect(people.charlie).request("history", pk=room, **query)) == rest


def test_ping_tells_the_time_and_the_heads(people: People, bob: Socket, room: int) -> None:
    assert ok(bob.request("ping"))["heads"] == {}
    ok(bob.request("subscribe_to_messages_in_room", pk=room), 201)

    data = ok(bob.request("ping"))

    assert data["heads"] == {str(room): 2}
    assert data["server_time"].endswith("Z")


def test_sync_is_the_body_of_rest(people: People, connect: Connect, room: int) -> None:
    traveller = people.new("traveller")
    traveller.joins(room)
    people.alice.posts(room)
    body: dict[str, Any] = {"rooms": {str(room): 2, str(10**15): 0}, "limit": 1}
    rest = traveller.api.post("/api/sync/", json=body).json()

    data = ok(connect(traveller).request("sync", **body))

    assert data == rest
    assert [event["seq"] for event in data["rooms"][str(room)]["results"]] == [3]
