"""Adding people to a room: any member may, and it is an event that names who did it."""

from typing import Any

import pytest

from tests.harness.people import People, Person, assert_error, unique


def add(by: Person, room: int, username: str) -> Any:
    return by.api.post(f"/api/rooms/{room}/members/", json={"username": username})


def test_add_to_a_private_room_by_a_plain_member(people: People, private_room: int) -> None:
    assert add(people.alice, private_room, people.bob.username).status_code == 201

    answer = add(people.bob, private_room, people.charlie.username)

    assert answer.status_code == 201
    assert (answer.json()["user"], answer.json()["role"]) == (people.charlie.user, "member")
    assert people.charlie.sees_room(private_room)["member_count"] == 3
    last = people.alice.log(private_room)[-1]
    assert (last["event"], last["actor"], last["data"]["user"], last["data"]["by"]) == (
        "member.joined",
        people.bob.user,
        people.charlie.user,
        people.bob.user,
    )


def test_add_to_a_public_room_by_a_plain_member(people: People, room: int) -> None:
    assert add(people.bob, room, people.charlie.username.upper()).status_code == 201

    people.charlie.posts(room)


def test_added_person_begins_with_nothing_unread(people: People, private_room: int) -> None:
    people.alice.posts(private_room, f"hello @{people.bob.username}")
    add(people.alice, private_room, people.bob.username)

    own = people.bob.sees_room(private_room)["membership"]

    assert (own["unread_count"], own["mention_count"]) == (0, 0)
    people.alice.posts(private_room)
    assert people.bob.sees_room(private_room)["membership"]["unread_count"] == 1


def test_add_of_a_member_is_no_event(people: People, room: int) -> None:
    answer = add(people.alice, room, people.bob.username)

    assert_error(answer, 409, "conflict", "username")
    assert people.alice.sees_room(room)["last_seq"] == 2


def test_add_by_somebody_outside(people: People, room: int) -> None:
    assert_error(add(people.charlie, room, people.charlie.username), 403, "not_a_member")


def test_add_of_nobody(people: People, room: int) -> None:
    assert_error(add(people.alice, room, unique("nobody")), 404, "not_found")


def test_add_to_a_room_that_is_not_there(people: People) -> None:
    assert_error(add(people.alice, 999_999_999, people.bob.username), 404, "not_found")


def test_add_of_somebody_banned(people: People, room: int) -> None:
    member = f"/api/rooms/{room}/members/{people.bob.pk}/"
    assert people.alice.api.delete(member, params={"ban": "true"}).status_code == 204

    answer = add(people.alice, room, people.bob.username)

    assert_error(answer, 409, "conflict")
    assert_error(people.bob.api.get(f"/api/rooms/{room}/"), 403, "banned")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": ""}, "username"),
        ({"username": 1}, "username"),
        ({"username": "x", "role": "owner"}, "role"),
    ],
    ids=str,
)
def test_add_with_a_bad_value(people: People, room: int, body: dict[str, Any], field: str) -> None:
    answer = people.alice.api.post(f"/api/rooms/{room}/members/", json=body)

    assert_error(answer, 400, "invalid", field)
