"""Kick and ban: who may, against whom, and what is left to those who were put out."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.harness.people import People, Person, assert_error
from tests.harness.sockets import Socket, assert_refused

BAN = {"ban": "true"}


def kick(by: Person, room: int, person: Person | int, **query: str) -> httpx.Response:
    pk = person if isinstance(person, int) else person.pk
    return by.api.delete(f"/api/rooms/{room}/members/{pk}/", params=query)


def lift(by: Person, room: int, person: Person) -> httpx.Response:
    return by.api.post(f"/api/rooms/{room}/members/{person.pk}/")


def promote(people: People, room: int, person: Person, role: str) -> None:
    path = f"/api/rooms/{room}/members/{person.pk}/"
    assert people.alice.api.patch(path, json={"role": role}).status_code == 200


# -- kick ------------------------------------------------------------------------------------


def test_kick_is_an_event(people: People, room: int) -> None:
    answer = kick(people.alice, room, people.bob)

    assert (answer.status_code, answer.content) == (204, b"")
    seen = people.alice.sees_room(room)
    assert (seen["member_count"], seen["last_seq"]) == (1, 3)
    last = people.alice.log(room)[-1]
    assert (last["event"], last["actor"]) == ("member.left", people.alice.user)
    assert (last["data"]["user"], last["data"]["by"]) == (people.bob.user, people.alice.user)


@pytest.mark.parametrize("query", [{}, {"ban": "false"}], ids=str)
def test_kicked_person_reads_and_comes_back_in_a_public_room(
    people: People, room: int, query: dict[str, str]
) -> None:
    assert kick(people.alice, room, people.bob, **query).status_code == 204

    assert people.bob.sees_room(room)["membership"] is None
    answer = people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"})
    assert_error(answer, 403, "not_a_member")
    people.bob.joins(room)
    people.bob.posts(room)


@pytest.mark.parametrize("query", [{}, BAN], ids=str)
def test_kick_or_ban_of_oneself(people: People, room: int, query: dict[str, str]) -> None:
    promote(people, room, people.bob, "moderator")

    assert_error(kick(people.alice, room, people.alice, **query), 403, "forbidden")
    assert_error(kick(people.bob, room, people.bob, **query), 403, "forbidden")


@pytest.mark.parametrize("query", [{}, BAN], ids=str)
@pytest.mark.parametrize("role", ["moderator", "owner"])
def test_kick_or_ban_of_an_owner(
    people: People, room: int, role: str, query: dict[str, str]
) -> None:
    promote(people, room, people.bob, role)

    assert_error(kick(people.bob, room, people.alice, **query), 403, "forbidden")
    assert people.alice.sees_room(room)["membership"]["role"] == "owner"


@pytest.mark.parametrize("query", [{}, BAN], ids=str)
def test_kick_or_ban_of_an_equal(people: People, room: int, query: dict[str, str]) -> None:
    people.charlie.joins(room)
    for person in (people.bob, people.charlie):
        promote(people, room, person, "moderator")

    assert_error(kick(people.bob, room, people.charlie, **query), 403, "forbidden")
    assert kick(people.alice, room, people.charlie, **query).status_code == 204


@pytest.mark.parametrize("query", [{}, BAN], ids=str)
def test_kick_or_ban_by_those_who_may_not(people: People, room: int, query: dict[str, str]) -> None:
    dora = people.new("dora")
    dora.joins(room)

    assert_error(kick(people.bob, room, dora, **query), 403, "forbidden")
    assert_error(kick(people.charlie, room, dora, **query), 403, "not_a_member")


def test_kick_of_somebody_outside(people: People, room: int) -> None:
    assert_error(kick(people.alice, room, people.charlie), 404, "not_found")
    assert_error(kick(people.alice, room, 999_999_999), 404, "not_found")
    assert_error(kick(people.alice, room, 999_999_999, **BAN), 404, "not_found")
    assert_error(kick(people.alice, 999_999_999, people.bob), 404, "not_found")


@pytest.mark.parametrize("value", ["", "maybe", "1e3", "TRUE,"])
def test_kick_with_an_odd_ban(people: People, room: int, value: str) -> None:
    assert_error(kick(people.alice, room, people.bob, ban=value), 400, "invalid", "ban")


# -- ban -------------------------------------------------------------------------------------


def as_banned(person: Person, room: int, message: int) -> list[httpx.Response]:
    """What somebody who is banned might try."""
    member = f"/api/rooms/{room}/members/"
    return [
        person.api.get(f"/api/rooms/{room}/"),
        person.api.get(f"/api/rooms/{room}/messages/"),
        person.api.get(f"/api/rooms/{room}/events/"),
        person.api.get(f"/api/rooms/{room}/online/"),
        person.api.get(member),
        person.api.get(f"/api/messages/{message}/"),
        person.api.get("/api/search/messages/", params={"q": "word", "room": room}),
        person.api.post(f"/api/rooms/{room}/join/"),
        person.api.post(f"/api/rooms/{room}/leave/"),
        person.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"}),
        person.api.post(f"/api/rooms/{room}/read/", json={"seq": 1}),
        person.api.put(f"/api/messages/{message}/reactions/👍/"),
        person.api.patch(f"/api/messages/{message}/", json={"text": "x"}),
        person.api.delete(f"/api/messages/{message}/"),
        person.api.post(member, json={"username": person.username}),
        person.api.post(f"{member}{person.pk}/"),
        person.api.patch(f"/api/rooms/{room}/", json={"topic": "x"}),
        person.api.delete(f"/api/rooms/{room}/"),
    ]


def test_banned_member_can_neither_read_nor_join(people: People, room: int) -> None:
    message = people.bob.posts(room)["pk"]

    assert kick(people.alice, room, people.bob, **BAN).status_code == 204

    for answer in as_banned(people.bob, room, message):
        assert_error(answer, 403, "banned")
    name = people.alice.sees_room(room)["name"]
    listed = people.bob.gets("/api/rooms/", params={"search": name})
    assert listed["results"] == []
    found = people.bob.gets("/api/search/messages/", params={"q": "canary"})["results"]
    assert room not in [row["room"] for row in found]


def test_banned_person_on_the_socket(
    people: People, room: int, connect: Callable[..., Socket]
) -> None:
    message = people.bob.posts(room)["pk"]
    kick(people.alice, room, people.bob, **BAN)
    bob = connect(people.bob)

    for reply in (
        bob.request("join_room", pk=room),
        bob.request("leave_room", pk=room),
        bob.request("create_message", pk=room, message="x"),
        bob.request("update_message", pk=message, message="x"),
        bob.request("delete_message", pk=message),
        bob.request("add_reaction", pk=message, emoji="👍"),
        bob.request("subscribe_to_messages_in_room", pk=room),
        bob.request("subscribe_instance", pk=room),
        bob.request("history", pk=room),
        bob.request("mark_read", pk=room, seq=1),
        bob.request("typing", pk=room, typing=True),
        bob.request("retrieve", pk=room),
        bob.request("patch", pk=room, data={"topic": "x"}),
        bob.request("delete", pk=room),
    ):
        assert_refused(reply, 403, "banned")


def test_ban_of_somebody_outside(people: People, room: int) -> None:
    assert kick(people.alice, room, people.charlie, **BAN).status_code == 204

    assert_error(people.charlie.api.get(f"/api/rooms/{room}/"), 403, "banned")
    assert_error(people.charlie.api.post(f"/api/rooms/{room}/join/"), 403, "banned")
    assert people.alice.sees_room(room)["member_count"] == 2


def test_ban_twice_is_one_ban(people: People, room: int) -> None:
    for _ in range(2):
        assert kick(people.alice, room, people.bob, **BAN).status_code == 204

    assert lift(people.alice, room, people.bob).status_code == 204
    people.bob.joins(room)


def test_ban_after_a_kick(people: People, room: int) -> None:
    kick(people.alice, room, people.bob)

    assert kick(people.alice, room, people.bob, **BAN).status_code == 204

    assert_error(people.bob.api.post(f"/api/rooms/{room}/join/"), 403, "banned")


def test_ban_is_of_that_room_alone(people: People, room: int) -> None:
    other = people.alice.makes_room()["pk"]
    kick(people.alice, room, people.bob, **BAN)

    people.bob.joins(other)


def test_banned_room_in_sync_is_refused_in_its_entry(people: People, room: int) -> None:
    kick(people.alice, room, people.bob, **BAN)

    answer = people.bob.api.post("/api/sync/", json={"rooms": {str(room): 0}})

    assert answer.status_code == 200
    [error] = answer.json()["rooms"][str(room)]["errors"]
    assert error["code"] in ("banned", "not_found")
    assert "results" not in answer.json()["rooms"][str(room)]


# -- lifting ---------------------------------------------------------------------------------


def test_lifted_ban_opens_the_room_again(people: People, room: int) -> None:
    kick(people.alice, room, people.bob, **BAN)

    answer = lift(people.alice, room, people.bob)

    assert (answer.status_code, answer.content) == (204, b"")
    assert people.bob.sees_room(room)["membership"] is None
    assert people.bob.joins(room)["membership"]["role"] == "member"


def test_lift_by_a_moderator_and_by_those_who_may_not(people: People, room: int) -> None:
    people.charlie.joins(room)
    kick(people.alice, room, people.bob, **BAN)

    assert_error(lift(people.charlie, room, people.bob), 403, "forbidden")
    assert_error(lift(people.new("dora"), room, people.bob), 403, "not_a_member")
    promote(people, room, people.charlie, "moderator")
    assert lift(people.charlie, room, people.bob).status_code == 204


def test_lift_where_there_is_no_ban(people: People, room: int) -> None:
    for person in (people.bob, people.charlie):
        assert_error(lift(people.alice, room, person), 404, "not_found")


def test_lift_takes_no_fields(people: People, room: int) -> None:
    kick(people.alice, room, people.bob, **BAN)
    body: dict[str, Any] = {"role": "owner"}

    answer = people.alice.api.post(f"/api/rooms/{room}/members/{people.bob.pk}/", json=body)

    assert_error(answer, 400, "invalid", "role")
