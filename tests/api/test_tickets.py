"""One-use tickets, so that no long-lived token needs to be in the address of a socket.

Keep the row in `tickets.use` instead of deleting it, and a ticket counts twice.
"""

import concurrent.futures
import time
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.harness import tokens
from tests.harness.people import Client, People, Person, assert_error
from tests.harness.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def dora(people: People) -> Person:
    return people.new("dora")


def ticket_of(person: Person, access: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {access}"} if access else {}
    answer = person.api.post("/api/auth/ticket/", headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in"] == 30
    return str(answer.json()["ticket"])


def assert_turned_away(socket: Socket) -> None:
    assert socket.hello["action"] == "bye", socket.hello
    assert socket.closing()[1] == 4401


def test_ticket_lets_in_as_its_person(people: People, connect: Connect) -> None:
    socket = connect(people.alice, query=[("ticket", ticket_of(people.alice))])

    assert socket.hello["data"]["user"] == people.alice.user
    assert socket.is_alive()


def test_ticket_counts_once(people: People, connect: Connect) -> None:
    query = [("ticket", ticket_of(people.alice))]
    first = connect(people.alice, query=query)

    assert_turned_away(connect(people.alice, query=query))

    assert first.is_alive()


def test_ticket_used_by_several_at_once_lets_one_in(people: People, connect: Connect) -> None:
    query = [("ticket", ticket_of(people.alice))]

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        sockets = list(pool.map(lambda _: connect(people.alice, query=query), range(5)))

    assert sorted(socket.hello["action"] for socket in sockets) == ["bye"] * 4 + ["hello"]


def test_tickets_of_one_login_count_each(people: People, connect: Connect) -> None:
    first, second = ticket_of(people.alice), ticket_of(people.alice)

    assert first != second
    assert connect(people.alice, query=[("ticket", second)]).is_alive()
    assert connect(people.alice, query=[("ticket", first)]).is_alive()


@pytest.mark.timeout(90)
@pytest.mark.slow
def test_ticket_is_late_after_thirty_seconds(people: People, connect: Connect) -> None:
    late, in_time = ticket_of(people.alice), ticket_of(people.alice)
    time.sleep(20)
    assert connect(people.alice, query=[("ticket", in_time)]).is_alive()
    time.sleep(10.5)

    assert_turned_away(connect(people.alice, query=[("ticket", late)]))


@pytest.mark.parametrize("beside", ["token", "ticket", "header", "subprotocol"])
def test_ticket_beside_another_credential_is_none(
    people: People, connect: Connect, beside: str
) -> None:
    access = people.alice.access
    query = [("ticket", ticket_of(people.alice))]
    options: dict[str, object] = {}
    if beside == "token":
        query.append(("token", access))
    elif beside == "ticket":
        query.append(("ticket", ticket_of(people.alice)))
    elif beside == "header":
        options["additional_headers"] = {"Authorization": f"Bearer {access}"}
    else:
        options["subprotocols"] = ["bearer", access]

    assert_turned_away(connect(people.alice, query=query, **options))


@pytest.mark.parametrize("bad", ["", "x", "x" * 5_000, "\x00", "é"], ids=lambda bad: ascii(bad)[:9])
def test_ticket_that_nobody_issued(people: People, connect: Connect, bad: str) -> None:
    assert_turned_away(connect(people.alice, query=[("ticket", bad)]))


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_token_is_no_ticket(people: People, connect: Connect, kind: str) -> None:
    assert_turned_away(connect(people.alice, query=[("ticket", getattr(people.alice, kind))]))


def test_ticket_is_no_token(people: People, connect: Connect, guest: Client) -> None:
    ticket = ticket_of(people.alice)

    answer = guest.get("/api/me/", headers={"Authorization": f"Bearer {ticket}"})

    assert_error(answer, 401, "not_authenticated")
    assert_turned_away(connect(people.alice, query=[("token", ticket)]))


def test_ticket_needs_a_login(guest: Client) -> None:
    assert_error(guest.post("/api/auth/ticket/"), 401, "not_authenticated")


def test_socket_of_a_ticket_ends_when_the_access_token_that_asked_for_it_does(
    people: People, connect: Connect
) -> None:
    exp = tokens.in_seconds(4)
    ticket = ticket_of(people.alice, tokens.forged(people.alice.access, exp=exp))

    socket = connect(people.alice, query=[("ticket", ticket)])

    told = datetime.fromisoformat(socket.hello["data"]["token_expires_at"]).timestamp()
    assert told == exp
    bye, code = socket.closing(timeout=6)
    assert (code, bye and bye["data"]["reason"]) == (4401, "token_expired")
    assert abs(time.time() - exp) < 1


@pytest.mark.parametrize("how", ["logout", "logout-all", "closed"])
def test_ticket_of_an_ended_login(dora: Person, guest: Client, connect: Connect, how: str) -> None:
    ticket = ticket_of(dora)
    if how == "closed":
        dora.api.request("DELETE", "/api/me/", json={"password": dora.password})
    else:
        body = {"json": {"refresh": dora.refresh}} if how == "logout" else {}
        assert dora.api.post(f"/api/auth/{how}/", **body).status_code == 204

    assert_turned_away(connect(dora, query=[("ticket", ticket)]))


def test_socket_of_a_ticket_ends_with_its_session(dora: Person, connect: Connect) -> None:
    socket = connect(dora, query=[("ticket", ticket_of(dora))])

    dora.api.post("/api/auth/logout/", json={"refresh": dora.refresh})

    assert socket.closing(timeout=2)[1] == 4401
