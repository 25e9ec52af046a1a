"""Closing one's account: nobody can log in or tell who it was, and what was said stays.

Take `rooms.leave_all` or `sessions.end_all` out of it, and these turn red.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import Client, People, Person, assert_error
from tests.harness.sockets import Socket, subscribe

Connect = Callable[..., Socket]


@pytest.fixture
def dora(people: People) -> Person:
    person = people.new("dora")
    body = {"email": "dora@example.org", "display_name": "Dora"}
    assert person.api.patch("/api/me/", json=body).status_code == 200
    return person


def close(person: Person, password: Any = None) -> Any:
    return person.api.request("DELETE", "/api/me/", json={"password": password or person.password})


def test_closing_ends_logins_and_sockets_with_4403(
    dora: Person, guest: Client, connect: Connect
) -> None:
    sockets = [connect(dora)]
    other = dora.login()
    sockets.append(connect(dora))

    assert close(dora).status_code == 204

    for socket in sockets:
        bye, code = socket.closing(timeout=2)
        assert code == 4403
        assert bye is not None
        assert (bye["data"]["code"], bye["data"]["reconnect"]) == (4403, False)
    assert_error(dora.api.get("/api/me/"), 401, "not_authenticated")
    for path, body in [
        ("/api/auth/token/", {"username": dora.username, "password": dora.password}),
        ("/api/auth/token/refresh/", {"refresh": other["refresh"]}),
    ]:
        assert_error(guest.post(path, json=body), 401, "not_authenticated")


def test_closing_turns_a_late_socket_away(dora: Person, connect: Connect) -> None:
    close(dora)

    late = connect(dora)

    assert late.hello["action"] == "bye"
    assert late.closing()[1] in (4401, 4403)


def test_closing_makes_anonymous_and_keeps_the_messages(dora: Person, people: People) -> None:
    room = people.alice.makes_room()["pk"]
    dora.joins(room)
    said = dora.posts(room)

    close(dora)

    kept = people.alice.gets(f"/api/messages/{said['pk']}/")
    assert kept["text"] == said["text"]
    assert kept["user"]["pk"] == dora.pk
    assert kept["user"]["username"].startswith("deleted-")
    everything = str(people.alice.log(room)) + str(people.alice.sees_room(room))
    assert not [word for word in (dora.username, "Dora", "dora@") if word in everything]
    assert people.alice.gets("/api/users/", params={"search": dora.username})["results"] == []


def test_closing_leaves_the_rooms_and_tells_them(
    dora: Person, people: People, connect: Connect, room: int
) -> None:
    dora.joins(room)
    witness = connect(people.alice)
    subscribe(witness, room)

    close(dora)

    left = witness.event(event="member.left", timeout=2)
    assert left["data"]["user"]["pk"] == dora.pk
    members = people.alice.gets(f"/api/rooms/{room}/members/")["results"]
    assert dora.pk not in [member["user"]["pk"] for member in members]


def test_closing_hands_a_room_over(dora: Person, people: People) -> None:
    room = dora.makes_room()["pk"]
    people.bob.joins(room)

    close(dora)

    assert people.bob.sees_room(room)["membership"]["role"] == "owner"
    assert people.bob.sees_room(room)["host"]["pk"] == people.bob.pk


def test_closing_frees_the_name_for_nobody_to_be_taken_for(
    dora: Person, guest: Client, people: People
) -> None:
    """`deleted-…` itself cannot be registered, so nobody passes for a closed account."""
    close(dora)
    body = {"username": f"Deleted-{dora.pk}", "password": dora.password}

    assert_error(guest.post("/api/auth/register/", json=body), 400, "invalid", "username")


@pytest.mark.parametrize("password", ["wrong", "x" * 10_000, 5, ["x"]], ids=lambda p: str(p)[:9])
def test_closing_with_a_wrong_password_changes_nothing(
    dora: Person, connect: Connect, password: Any
) -> None:
    socket = connect(dora)

    assert_error(close(dora, password), 400, "invalid", "password")

    assert dora.gets("/api/me/")["email"] == "dora@example.org"
    assert socket.is_alive()


def test_closing_needs_the_password(dora: Person) -> None:
    assert_error(dora.api.delete("/api/me/"), 400, "invalid", "password")
