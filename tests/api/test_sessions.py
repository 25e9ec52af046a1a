"""What ends logins: all at once, a new password, a refresh token used twice, closing the account.

Leave `but=session` out of `accounts.change_password`, or the ending of the session out of
`sessions.rotate`, and these turn red.
"""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from tests.harness.people import Client, People, Person, assert_error, canary
from tests.harness.sockets import Frame, Socket

Connect = Callable[..., Socket]
WITHIN = 2.0  # seconds; what the contract gives the end of a socket


@pytest.fixture
def dora(people: People) -> Person:
    """Somebody whose sessions a test may end."""
    return people.new("dora")


def refresh(guest: Client, token: str) -> httpx.Response:
    return guest.post("/api/auth/token/refresh/", json={"refresh": token})


def me(guest: Client, access: str) -> httpx.Response:
    return guest.get("/api/me/", headers={"Authorization": f"Bearer {access}"})


def assert_dead(guest: Client, pair: dict[str, str]) -> None:
    assert_error(me(guest, pair["access"]), 401, "not_authenticated")
    assert_error(refresh(guest, pair["refresh"]), 401, "not_authenticated")


def assert_ended(socket: Socket, code: int = 4401) -> Frame:
    bye, closed = socket.closing(timeout=WITHIN)
    assert closed == code
    assert bye is not None
    assert bye["data"]["code"] == code
    return bye


# -- logout-all ------------------------------------------------------------------------------


def test_logout_all_ends_every_session_and_its_sockets(
    dora: Person, guest: Client, connect: Connect
) -> None:
    first = {"access": dora.access, "refresh": dora.refresh}
    sockets = [connect(dora)]
    second = dora.login()
    sockets.append(connect(dora))

    assert dora.api.post("/api/auth/logout-all/").status_code == 204

    for socket in sockets:
        assert assert_ended(socket)["data"]["reconnect"] is False
    assert_dead(guest, first)
    assert_dead(guest, second)


def test_logout_all_ends_nobody_elses_and_one_may_log_in_again(
    dora: Person, people: People, connect: Connect
) -> None:
    other = connect(people.alice)

    dora.api.post("/api/auth/logout-all/")

    dora.login()
    assert connect(dora).is_alive()
    assert other.is_alive()


def test_logout_all_needs_a_login(guest: Client) -> None:
    assert_error(guest.post("/api/auth/logout-all/"), 401, "not_authenticated")


# -- password --------------------------------------------------------------------------------


def change_password(person: Person, **changes: Any) -> httpx.Response:
    body = {"old_password": person.password, "new_password": canary("new"), **changes}
    answer = person.api.post("/api/auth/password/", json=body)
    if answer.status_code == 200:
        person.password = body["new_password"]
    return answer


def test_password_change_ends_the_other_sessions_and_keeps_the_callers(
    dora: Person, guest: Client, connect: Connect
) -> None:
    other = {"access": dora.access, "refresh": dora.refresh}
    other_socket = connect(dora)
    old = dora.login()
    own_socket = connect(dora)

    new = change_password(dora)

    assert new.status_code == 200, new.text
    assert_ended(other_socket)
    assert_dead(guest, other)
    assert_error(me(guest, old["access"]), 401, "not_authenticated")
    assert_error(refresh(guest, old["refresh"]), 401, "not_authenticated")
    # The old refresh token was no theft: the session, its socket and the new pair live.
    assert own_socket.is_alive()
    assert me(guest, new.json()["access"]).status_code == 200
    assert refresh(guest, new.json()["refresh"]).status_code == 200


def test_password_change_counts_for_the_next_login(dora: Person, guest: Client) -> None:
    old = dora.password
    change_password(dora)

    body = {"username": dora.username, "password": old}

    assert_error(guest.post("/api/auth/token/", json=body), 401, "not_authenticated")
    assert dora.login()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"old_password": "x" * 10_000}, "old_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "x" * 10_000}, "new_password"),
        ({"new_password": None}, "new_password"),
        ({"extra": 1}, "extra"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_password_change_with_a_bad_body_changes_nothing(
    dora: Person, connect: Connect, body: dict[str, Any], field: str
) -> None:
    socket = connect(dora)

    assert_error(change_password(dora, **body), 400, "invalid", field)

    assert dora.api.get("/api/me/").status_code == 200
    assert socket.is_alive()


# -- refresh tokens used twice ---------------------------------------------------------------


def test_used_refresh_token_ends_the_family_and_no_other_session(
    dora: Person, guest: Client, connect: Connect
) -> None:
    """Whoever comes second was robbed or is the thief; nobody can tell, so both lose."""
    stolen, socket = dora.refresh, connect(dora)
    successor = refresh(guest, stolen).json()
    other = dora.login()

    assert_error(refresh(guest, stolen), 401, "not_authenticated")

    assert_dead(guest, successor)
    assert_ended(socket)
    assert me(guest, other["access"]).status_code == 200
    assert refresh(guest, other["refresh"]).status_code == 200


def test_grandparent_of_a_refresh_token_ends_the_family_too(dora: Person, guest: Client) -> None:
    first = dora.refresh
    third = refresh(guest, refresh(guest, first).json()["refresh"]).json()

    assert_error(refresh(guest, first), 401, "not_authenticated")

    assert_dead(guest, third)


@pytest.mark.parametrize("racers", [2, 6])
def test_racing_refreshes_one_wins_and_its_pair_lives(
    people: People, dora: Person, guest: Client, connect: Connect, racers: int
) -> None:
    """Two tabs that wake up at once are no theft."""
    socket = connect(dora)
    body = json.dumps({"refresh": dora.refresh}).encode()
    requests = [HTTPConnection("127.0.0.1", dora.server.port, timeout=20) for _ in range(racers)]
    for request in requests:  # all of them have begun before one is whole
        request.putrequest("POST", "/api/auth/token/refresh/")
        request.putheader("Content-Type", "application/json")
        request.putheader("Content-Length", str(len(body)))
        request.endheaders()
    time.sleep(0.2)
    for request in requests:
        request.send(body)
    answers = [request.getresponse() for request in requests]

    won = [json.loads(answer.read()) for answer in answers if answer.status == 200]
    assert len(won) == 1, [answer.status for answer in answers]
    assert me(guest, won[0]["access"]).status_code == 200
    assert socket.is_alive()
    assert refresh(guest, won[0]["refresh"]).status_code == 200
