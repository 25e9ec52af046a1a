"""A login on an open socket: its end is announced, and put off by a fresh token.

Leave `_expires_at` out of `Connection.renew`, and a renewed socket ends with its first token.
"""

import time
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.harness import tokens
from tests.harness.people import People, Person
from tests.harness.sockets import Socket, assert_refused, ok

Connect = Callable[..., Socket]


def short(person: Person, seconds: int) -> str:
    """A good token of this person's login that ends so soon."""
    return tokens.forged(person.access, exp=tokens.in_seconds(seconds))


def connect_for(connect: Connect, person: Person, seconds: int) -> Socket:
    return connect(person, query=[("token", short(person, seconds))])


def test_expiry_is_announced_a_minute_before(people: People, connect: Connect) -> None:
    socket = connect_for(connect, people.alice, 62)
    began = time.monotonic()

    frame = socket.event(action="token_expiring", timeout=5)

    assert 0.5 < time.monotonic() - began < 4
    assert frame["data"]["expires_in"] in (59, 60)


def test_expiry_is_announced_at_once_when_less_than_a_minute_is_left(
    people: People, connect: Connect
) -> None:
    socket = connect_for(connect, people.alice, 20)

    assert socket.event(action="token_expiring", timeout=1)["data"]["expires_in"] <= 20


def test_expiry_is_not_announced_while_there_is_time(people: People, connect: Connect) -> None:
    socket = connect(people.alice)

    assert [f for f in socket.settle(1.5) if f["action"] == "token_expiring"] == []


def test_expiry_has_no_leeway(people: People, connect: Connect) -> None:
    """REST forgives ten seconds of a wrong clock; a socket ends within two."""
    exp = tokens.in_seconds(3)
    socket = connect(people.alice, query=[("token", tokens.forged(people.alice.access, exp=exp))])

    bye, code = socket.closing(timeout=5)

    assert code == 4401
    assert bye is not None
    assert (bye["data"]["reason"], bye["data"]["reconnect"]) == ("token_expired", True)
    assert 0 <= time.time() - exp < 2


def test_socket_is_not_let_in_after_the_expiry(people: People, connect: Connect) -> None:
    """Also when REST would still take the token: the socket would end before its hello."""
    socket = connect_for(connect, people.alice, -3)

    _, code = socket.closing(timeout=2)

    assert code == 4401


def test_authenticate_with_a_fresh_token_puts_the_end_off(people: People, connect: Connect) -> None:
    socket = connect_for(connect, people.alice, 3)
    exp = tokens.in_seconds(100)

    data = ok(socket.request("authenticate", token=tokens.forged(people.alice.access, exp=exp)))

    assert datetime.fromisoformat(data["token_expires_at"]).timestamp() == exp
    socket.settle(4)
    assert socket.is_alive()


def test_authenticate_with_a_fresh_token_announces_the_new_end(
    people: People, connect: Connect
) -> None:
    socket = connect_for(connect, people.alice, 30)
    socket.event(action="token_expiring", timeout=1)

    ok(socket.request("authenticate", token=short(people.alice, 62)))

    assert socket.event(action="token_expiring", timeout=5)["data"]["expires_in"] in (59, 60)


def test_authenticate_with_a_shorter_token_shortens(people: People, connect: Connect) -> None:
    socket = connect(people.alice)

    ok(socket.request("authenticate", token=short(people.alice, 3)))

    assert socket.closing(timeout=5)[1] == 4401


@pytest.mark.parametrize("name", tokens.BAD_TOKENS)
def test_authenticate_with_a_bad_token_changes_nothing(
    people: People, connect: Connect, name: str
) -> None:
    socket = connect(people.alice)
    bad = tokens.bad_tokens(people.alice.access, people.alice.refresh)[name]

    reply = socket.request("authenticate", token=bad)

    assert_refused(reply, 401, "token_expired" if name == "expired" else "not_authenticated")
    assert socket.is_alive()


def test_authenticate_with_a_bad_token_does_not_put_the_end_off(
    people: People, connect: Connect
) -> None:
    socket = connect_for(connect, people.alice, 3)

    assert_refused(socket.request("authenticate", token="x"), 401, "not_authenticated")

    assert socket.closing(timeout=5)[1] == 4401


def test_authenticate_with_another_persons_token_changes_nothing(
    people: People, connect: Connect
) -> None:
    socket = connect_for(connect, people.alice, 4)

    reply = socket.request("authenticate", token=people.bob.access)

    assert_refused(reply, 403, "forbidden")
    room = people.alice.makes_room(kind="private")["pk"]
    assert ok(socket.request("retrieve", pk=room))["host"] == people.alice.user
    assert socket.closing(timeout=6)[1] == 4401


def test_authenticate_after_a_new_login_follows_the_new_session(
    people: People, connect: Connect
) -> None:
    """The socket is now of the session whose token it was given, and outlives the first one."""
    dora = people.new("dora")
    first, socket = dora.refresh, connect(dora)
    second = dora.login()
    ok(socket.request("authenticate", token=second["access"]))

    dora.api.post("/api/auth/logout/", json={"refresh": first})
    socket.settle(2.5)
    assert socket.is_alive()
    dora.api.post("/api/auth/logout/", json={"refresh": second["refresh"]})

    assert socket.closing(timeout=2)[1] == 4401


def test_subscriptions_go_on_after_authenticate(people: People, connect: Connect) -> None:
    room = people.alice.makes_room()["pk"]
    socket = connect_for(connect, people.alice, 3)
    ok(socket.request("subscribe_to_messages_in_room", pk=room), 201)

    ok(socket.request("authenticate", token=people.alice.access))
    socket.settle(3.5)
    said = people.alice.posts(room)

    assert socket.event(action="create")["pk"] == said["pk"]
