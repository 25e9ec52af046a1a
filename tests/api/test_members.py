"""Belonging to rooms: join, leave, the members list, who is online."""

from collections.abc import Callable

from tests.harness.people import People, assert_error
from tests.harness.sockets import Socket


def test_join_is_an_event_once(people: People, room: int) -> None:
    joined = people.charlie.joins(room)
    again = people.charlie.joins(room)

    assert joined["membership"]["role"] == again["membership"]["role"] == "member"
    assert joined["member_count"] == again["member_count"] == 3
    assert again["last_seq"] == 3
    last = people.alice.log(room)[-1]
    assert (last["event"], last["data"]["user"]["pk"]) == ("member.joined", people.charlie.pk)


def test_leave_is_an_event_and_ends_posting(people: People, room: int) -> None:
    people.bob.leaves(room)

    last = people.alice.log(room)[-1]
    assert (last["event"], last["data"]["user"]["pk"]) == ("member.left", people.bob.pk)
    answer = people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "still here"})
    assert_error(answer, 403, "not_a_member")
    assert people.bob.sees_room(room)["membership"] is None


def test_leave_of_the_last_owner_hands_over(people: People, room: int) -> None:
    people.charlie.joins(room)

    people.alice.leaves(room)

    seen = people.bob.sees_room(room)
    assert (seen["membership"]["role"], seen["host"]["pk"]) == ("owner", people.bob.pk)
    assert people.charlie.sees_room(room)["membership"]["role"] == "member"


def test_join_of_an_empty_public_room_makes_an_owner(people: People) -> None:
    room = people.alice.makes_room()["pk"]
    people.alice.leaves(room)

    assert people.bob.joins(room)["membership"]["role"] == "owner"


def test_members_lists_each_once(people: People, room: int) -> None:
    page = people.charlie.gets(f"/api/rooms/{room}/members/")

    rows = {row["user"]["pk"]: row for row in page["results"]}
    assert len(page["results"]) == len(rows) == 2
    assert rows[people.alice.pk]["role"] == "owner"
    assert rows[people.bob.pk] == {
        "user": people.bob.user,
        "role": "member",
        "joined_at": rows[people.bob.pk]["joined_at"],
        "muted_until": None,
        "online": False,
    }


def test_online_shows_who_joined_on_a_socket(
    people: People, room: int, connect: Callable[..., Socket]
) -> None:
    assert people.alice.gets(f"/api/rooms/{room}/online/") == {"users": [], "online": 0}

    connect(people.bob).request("join_room", pk=room)

    online = people.alice.gets(f"/api/rooms/{room}/online/")
    assert online == {"users": [people.bob.user], "online": 1}
    assert people.alice.sees_room(room)["online_count"] == 1
    members = people.alice.gets(f"/api/rooms/{room}/members/")["results"]
    assert {row["user"]["pk"]: row["online"] for row in members} == {
        people.alice.pk: False,
        people.bob.pk: True,
    }
