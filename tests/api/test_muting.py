"""A muted person reads on, and is silent until a time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.harness.people import People, Person, assert_error, unique
from tests.harness.sockets import Socket, assert_refused, ok


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def mute(by: Person, room: int, person: Person, until: str | None) -> httpx.Response:
    path = f"/api/rooms/{room}/members/{person.pk}/"
    return by.api.patch(path, json={"muted_until": until})


@pytest.fixture
def muted(people: People, room: int) -> dict[str, Any]:
    """Bob, who has said something, may say nothing for an hour."""
    message = people.bob.posts(room)
    assert mute(people.alice, room, people.bob, in_seconds(3600)).status_code == 200
    return message


def test_mute_is_told_to_all(people: People, room: int) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    told = f"{moment:%Y-%m-%dT%H:%M:%S}.000000Z"

    # Given in another time zone, told in UTC.
    elsewhere = moment.astimezone(timezone(timedelta(hours=2))).isoformat()
    answer = mute(people.alice, room, people.bob, elsewhere)

    assert answer.status_code == 200
    assert answer.json()["muted_until"] == told
    last = people.bob.log(room)[-1]
    assert last["event"] == "member.updated"
    assert last["data"] == {
        "user": people.bob.user,
        "role": "member",
        "muted_until": told,
        "by": people.alice.user,
    }
    own = people.bob.sees_room(room)["membership"]
    assert own["muted_until"] == told
    rows = people.charlie.gets(f"/api/rooms/{room}/members/")["results"]
    assert [row["muted_until"] for row in rows if row["user"] == people.bob.user] == [told]


def test_muted_person_is_silent_over_rest(people: People, room: int, muted: dict[str, Any]) -> None:
    other = people.alice.posts(room)
    head = people.alice.sees_room(room)["last_seq"]

    for answer in (
        people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"}),
        people.bob.api.patch(f"/api/messages/{muted['pk']}/", json={"text": "x"}),
        people.bob.api.put(f"/api/messages/{other['pk']}/reactions/👍/"),
        people.bob.api.delete(f"/api/messages/{other['pk']}/reactions/👍/"),
    ):
        [error] = assert_error(answer, 403, "muted")["errors"]
        assert 3_500_000 < error["retry_after_ms"] <= 3_600_000
        assert 3500 <= int(answer.headers["retry-after"]) <= 3600
    assert people.alice.sees_room(room)["last_seq"] == head


def test_muted_person_is_silent_on_the_socket(
    people: People, room: int, muted: dict[str, Any], connect: Callable[..., Socket]
) -> None:
    bob, alice = connect(people.bob), connect(people.alice)
    for socket in (alice, bob):
        ok(socket.request("join_room", pk=room))

    for reply in (
        bob.request("create_message", pk=room, message="x"),
        bob.request("update_message", pk=muted["pk"], message="x"),
        bob.request("add_reaction", pk=muted["pk"], emoji="👍"),
        bob.request("remove_reaction", pk=muted["pk"], emoji="👍"),
        bob.request("typing", pk=room, typing=True),
    ):
        assert_refused(reply, 403, "muted")
        assert 0 < reply["errors"][0]["retry_after_ms"] <= 3_600_000
    assert [f for f in alice.settle(0.5) if f["action"] == "typing"] == []


def test_muted_person_reads_on(
    people: People, room: int, muted: dict[str, Any], connect: Callable[..., Socket]
) -> None:
    bob = connect(people.bob)
    ok(bob.request("join_room", pk=room))
    ok(bob.request("subscribe_to_messages_in_room", pk=room), 201)

    message = people.alice.posts(room)

    assert bob.events(1)[0]["data"] == message
    assert people.bob.gets(f"/api/rooms/{room}/messages/")["results"][-1] == message
    read = people.bob.api.post(f"/api/rooms/{room}/read/", json={"seq": message["seq"]})
    assert read.json() == {"last_read_seq": message["seq"], "unread_count": 0}


def test_mute_ends_by_itself(people: People, room: int) -> None:
    assert mute(people.alice, room, people.bob, in_seconds(1)).status_code == 200
    refused = people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"})
    [error] = assert_error(refused, 403, "muted")["errors"]

    time.sleep(error["retry_after_ms"] / 1000)

    people.bob.posts(room)


def test_mute_is_ended_by_null(people: People, room: int, muted: dict[str, Any]) -> None:
    answer = mute(people.alice, room, people.bob, None)

    assert (answer.status_code, answer.json()["muted_until"]) == (200, None)
    people.bob.posts(room)
    assert people.alice.log(room)[-2]["data"]["muted_until"] is None


@pytest.mark.parametrize(("role", "seconds"), [("moderator", 3600), ("owner", None)])
def test_role_and_mute_in_one_call(
    people: People, room: int, role: str, seconds: int | None
) -> None:
    path = f"/api/rooms/{room}/members/{people.bob.pk}/"
    body = {"role": role, "muted_until": None if seconds is None else in_seconds(seconds)}

    answer = people.alice.api.patch(path, json=body)

    assert answer.status_code == 200
    assert (answer.json()["role"], bool(answer.json()["muted_until"])) == (role, bool(seconds))
    assert people.alice.log(room, after_seq=2)[0]["data"]["role"] == role


@pytest.mark.parametrize(
    "until", ["2000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"]
)
def test_mute_in_the_past(people: People, room: int, until: str) -> None:
    assert_error(mute(people.alice, room, people.bob, until), 400, "invalid", "muted_until")
    assert people.alice.sees_room(room)["last_seq"] == 2


def test_mute_until_the_end_of_time(people: People, room: int) -> None:
    """What is past the last moment in UTC is refused; what is not, is kept."""
    beyond = mute(people.alice, room, people.bob, "9999-12-31T23:59:59-12:00")
    assert_error(beyond, 400, "invalid", "muted_until")

    last = mute(people.alice, room, people.bob, "9999-12-31T23:59:59Z")

    assert last.status_code == 200
    refused = people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"})
    assert_error(refused, 403, "muted")


def test_mute_needs_a_higher_role(people: People, room: int) -> None:
    dora = people.new("dora")
    dora.joins(room)
    until = in_seconds(60)

    assert_error(mute(people.bob, room, dora, until), 403, "forbidden")
    assert_error(mute(people.charlie, room, dora, until), 403, "not_a_member")
    assert_error(mute(people.alice, room, people.alice, until), 403, "forbidden")
    for person in (people.bob, dora):
        path = f"/api/rooms/{room}/members/{person.pk}/"
        assert people.alice.api.patch(path, json={"role": "moderator"}).status_code == 200
    for person in (people.alice, dora, people.bob):
        assert_error(mute(people.bob, room, person, until), 403, "forbidden")


def test_muted_moderator_cannot_end_it(people: People, room: int) -> None:
    path = f"/api/rooms/{room}/members/{people.bob.pk}/"
    body = {"role": "moderator", "muted_until": in_seconds(60)}
    assert people.alice.api.patch(path, json=body).status_code == 200

    assert_error(mute(people.bob, room, people.bob, None), 403, "forbidden")


def test_mute_of_somebody_outside(people: People, room: int) -> None:
    assert_error(mute(people.alice, room, people.charlie, in_seconds(60)), 404, "not_found")


def test_mute_of_a_room_is_of_that_room_alone(
    people: People, room: int, muted: dict[str, Any]
) -> None:
    other = people.alice.makes_room(name=unique("other"))["pk"]
    people.bob.joins(other)

    people.bob.posts(other)


def test_mute_outlasts_leaving_and_coming_back(
    people: People, room: int, muted: dict[str, Any]
) -> None:
    people.bob.leaves(room)
    people.bob.joins(room)

    answer = people.bob.api.post(f"/api/rooms/{room}/messages/", json={"text": "x"})

    assert_error(answer, 403, "muted")
