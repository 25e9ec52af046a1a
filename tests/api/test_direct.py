"""Direct rooms: one for each pair of people, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.harness.people import Client, People, Person, assert_error, unique


def direct(person: Person, other: Person | str) -> httpx.Response:
    username = other if isinstance(other, str) else other.username
    return person.api.post("/api/direct/", json={"username": username})


@pytest.fixture
def pair(people: People) -> tuple[Person, Person]:
    """Two people who never met."""
    return people.new("dora"), people.new("emil")


def test_direct_is_made_when_missing(pair: tuple[Person, Person]) -> None:
    dora, emil = pair

    answer = direct(dora, emil)

    assert answer.status_code == 201
    room = answer.json()
    assert (room["kind"], room["name"], room["member_count"]) == ("direct", None, 2)
    assert room["membership"]["role"] == "member"
    members = dora.gets(f"/api/rooms/{room['pk']}/members/")["results"]
    assert {row["user"]["pk"]: row["role"] for row in members} == {
        dora.pk: "member",
        emil.pk: "member",
    }
    assert [event["event"] for event in dora.log(room["pk"])] == ["member.joined"] * 2


def test_direct_is_the_same_whoever_asks(pair: tuple[Person, Person]) -> None:
    dora, emil = pair
    pk = direct(dora, emil).json()["pk"]

    for answer in (direct(dora, emil), direct(emil, dora), direct(emil, dora.username.upper())):
        assert (answer.status_code, answer.json()["pk"]) == (200, pk)
    assert len(dora.log(pk)) == 2


def test_direct_begun_by_both_at_once_is_one_room(pair: tuple[Person, Person]) -> None:
    dora, emil = pair

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(direct, *who) for who in [(dora, emil), (emil, dora)] * 3]
    answers = [future.result() for future in asked]

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["pk"] for answer in answers}) == 1


def test_direct_with_oneself(people: People) -> None:
    assert_error(direct(people.alice, people.alice), 400, "invalid", "username")


def test_direct_with_nobody(people: People) -> None:
    assert_error(direct(people.alice, unique("nobody")), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": ""}, "username"),
        ({"username": None}, "username"),
        ({"username": 5}, "username"),
        ({"username": "a\u0000b"}, "username"),
        ({"username": "x" * 1000}, "username"),
        ({"username": "x", "name": "y"}, "name"),
        ({"user": 1}, None),
    ],
    ids=str,
)
def test_direct_with_a_bad_value(people: People, body: dict[str, Any], field: str | None) -> None:
    assert_error(people.alice.api.post("/api/direct/", json=body), 400, "invalid", field)


def test_direct_needs_a_login(guest: Client, people: People) -> None:
    answer = guest.post("/api/direct/", json={"username": people.alice.username})

    assert_error(answer, 401, "not_authenticated")


def test_direct_room_is_for_the_two_alone(
    people: People, pair: tuple[Person, Person], stranger_paths: list[str]
) -> None:
    dora, emil = pair
    pk = direct(dora, emil).json()["pk"]
    dora.posts(pk, "between us")

    for path in stranger_paths:
        assert_error(people.charlie.api.get(path.format(pk)), 404, "not_found")
    listed = people.charlie.gets("/api/rooms/", params={"kind": "direct"})["results"]
    assert pk not in [room["pk"] for room in listed]


@pytest.fixture
def stranger_paths() -> list[str]:
    return [f"/api/rooms/{{}}/{part}" for part in ("", "messages/", "events/", "members/")]


def test_direct_room_is_listed_by_its_kind(pair: tuple[Person, Person]) -> None:
    dora, emil = pair
    pk = direct(dora, emil).json()["pk"]

    for person in pair:
        listed = person.gets("/api/rooms/", params={"kind": "direct"})["results"]
        assert [(room["pk"], room["name"]) for room in listed] == [(pk, None)]


def test_direct_messages_are_unread_for_the_other(pair: tuple[Person, Person]) -> None:
    dora, emil = pair
    pk = direct(dora, emil).json()["pk"]

    dora.posts(pk)

    assert emil.sees_room(pk)["membership"]["unread_count"] == 1
    assert dora.sees_room(pk)["membership"]["unread_count"] == 0


def test_direct_room_has_nobody_above_the_other(
    people: People, pair: tuple[Person, Person]
) -> None:
    dora, emil = pair
    pk = direct(dora, emil).json()["pk"]
    message = emil.posts(pk)
    member = f"/api/rooms/{pk}/members/{emil.pk}/"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    for answer in (
        dora.api.post(f"/api/rooms/{pk}/members/", json={"username": people.charlie.username}),
        dora.api.patch(member, json={"role": "owner"}),
        dora.api.patch(member, json={"muted_until": tomorrow}),
        dora.api.delete(member),
        dora.api.delete(member, params={"ban": "true"}),
        dora.api.patch(f"/api/rooms/{pk}/", json={"name": unique("ours")}),
        dora.api.delete(f"/api/rooms/{pk}/"),
        dora.api.delete(f"/api/messages/{message['pk']}/"),
    ):
        assert_error(answer, 403, "forbidden")
    assert len(dora.log(pk)) == 3
