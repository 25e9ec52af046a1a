"""Roles: owners give them, and a room with people in it is never without an owner."""

from typing import Any

import httpx
import pytest

from tests.harness.people import People, Person, assert_error


def give(by: Person, room: int, to: Person, **fields: Any) -> httpx.Response:
    return by.api.patch(f"/api/rooms/{room}/members/{to.pk}/", json=fields)


def roles(people: People, room: int) -> dict[int, str]:
    rows = people.alice.gets(f"/api/rooms/{room}/members/")["results"]
    return {row["user"]["pk"]: row["role"] for row in rows}


def test_role_is_given_by_the_owner(people: People, room: int) -> None:
    answer = give(people.alice, room, people.bob, role="moderator")

    assert answer.status_code == 200
    assert (answer.json()["user"], answer.json()["role"]) == (people.bob.user, "moderator")
    assert people.bob.sees_room(room)["membership"]["role"] == "moderator"
    last = people.alice.log(room)[-1]
    assert (last["seq"], last["event"], last["actor"]) == (3, "member.updated", people.alice.user)
    assert last["data"] == {
        "user": people.bob.user,
        "role": "moderator",
        "muted_until": None,
        "by": people.alice.user,
    }


def test_role_that_one_has_is_no_event(people: People, room: int) -> None:
    assert give(people.alice, room, people.bob, role="member").status_code == 200

    assert people.alice.sees_room(room)["last_seq"] == 2


@pytest.mark.parametrize("role", ["owner", "moderator", "member"])
def test_role_by_those_who_are_no_owner(people: People, room: int, role: str) -> None:
    people.charlie.joins(room)

    assert_error(give(people.bob, room, people.charlie, role=role), 403, "forbidden")
    assert_error(give(people.bob, room, people.bob, role=role), 403, "forbidden")
    give(people.alice, room, people.bob, role="moderator")
    assert_error(give(people.bob, room, people.charlie, role=role), 403, "forbidden")
    assert_error(give(people.bob, room, people.bob, role="owner"), 403, "forbidden")


def test_role_by_somebody_outside(people: People, room: int) -> None:
    assert_error(give(people.charlie, room, people.bob, role="owner"), 403, "not_a_member")


def test_role_of_somebody_outside(people: People, room: int) -> None:
    assert_error(give(people.alice, room, people.charlie, role="moderator"), 404, "not_found")
    answer = people.alice.api.patch(
        f"/api/rooms/{room}/members/999999999/", json={"role": "member"}
    )
    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize("role", ["moderator", "member"])
def test_last_owner_cannot_step_down(people: People, room: int, role: str) -> None:
    answer = give(people.alice, room, people.alice, role=role)

    assert_error(answer, 409, "conflict")
    assert roles(people, room)[people.alice.pk] == "owner"


def test_ownership_can_be_handed_on(people: People, room: int) -> None:
    assert give(people.alice, room, people.bob, role="owner").status_code == 200

    answer = give(people.alice, room, people.alice, role="member")

    assert answer.status_code == 200
    assert roles(people, room) == {people.alice.pk: "member", people.bob.pk: "owner"}
    assert people.alice.sees_room(room)["host"] == people.bob.user
    assert_error(give(people.alice, room, people.bob, role="member"), 403, "forbidden")
    assert_error(give(people.bob, room, people.bob, role="member"), 409, "conflict")


def test_owner_cannot_take_the_role_of_another_owner(people: People, room: int) -> None:
    give(people.alice, room, people.bob, role="owner")

    assert_error(give(people.alice, room, people.bob, role="member"), 403, "forbidden")
    assert_error(give(people.bob, room, people.alice, role="member"), 403, "forbidden")


def test_moderator_may_what_members_may_not(people: People, room: int) -> None:
    message = people.alice.posts(room)
    give(people.alice, room, people.bob, role="moderator")

    assert people.bob.api.patch(f"/api/rooms/{room}/", json={"topic": "order"}).status_code == 200
    assert people.bob.api.delete(f"/api/messages/{message['pk']}/").status_code == 204
    assert_error(people.bob.api.delete(f"/api/rooms/{room}/"), 403, "forbidden")
    edit = people.bob.api.patch(
        f"/api/messages/{people.alice.posts(room)['pk']}/", json={"text": "x"}
    )
    assert_error(edit, 403, "forbidden")


def test_room_goes_to_the_moderator_when_its_owner_leaves(people: People, room: int) -> None:
    people.charlie.joins(room)
    give(people.alice, room, people.charlie, role="moderator")

    people.alice.leaves(room)

    assert roles(people, room) == {people.bob.pk: "member", people.charlie.pk: "owner"}
    assert people.bob.sees_room(room)["host"] == people.charlie.user


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"role": ""}, "role"),
        ({"role": None}, "role"),
        ({"role": 1}, "role"),
        ({"role": ["owner"]}, "role"),
        ({"role": "member", "name": "x"}, "name"),
        ({"muted_until": "tomorrow"}, "muted_until"),
        ({"muted_until": "2090-01-01T00:00:00"}, "muted_until"),
        ({"muted_until": "2090-01-01"}, "muted_until"),
        ({"muted_until": 4000000000}, "muted_until"),
        ({"muted_until": ""}, "muted_until"),
        ({"muted_until": "2090-13-01T00:00:00Z"}, "muted_until"),
        ({"muted_until": True}, "muted_until"),
    ],
    ids=str,
)
def test_member_with_a_bad_value(
    people: People, room: int, body: dict[str, Any], field: str
) -> None:
    answer = people.alice.api.patch(f"/api/rooms/{room}/members/{people.bob.pk}/", json=body)

    assert_error(answer, 400, "invalid", field)
