"""The log as JSON: one object per line, each naming its request or its socket, and whose it is.

That no line holds a secret is for tests/security/test_leaks.py. Let `Identified` believe any
`X-Request-ID`, and the last tests turn red.
"""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deploy.processes import wait_until
from tests.harness.contract import Contract
from tests.harness.measures import log_lines
from tests.harness.people import Person, unique
from tests.harness.server import Server
from tests.harness.sockets import Socket, ok


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    return make_server(LOG_FORMAT="json", ACCESS_LOG="on", ACCESS_TOKEN_SECONDS="3600")


@pytest.fixture(scope="module")
def alice(server: Server, contract: Contract) -> Person:
    return Person(server, contract, "alice")


def lines_of(server: Server, **fields: Any) -> list[dict[str, Any]]:
    return [line for line in log_lines(server) if line.items() >= fields.items()]


def line_of(server: Server, answer: httpx.Response) -> dict[str, Any]:
    """The access line of a request; it may be written a moment after the answer."""
    fields = {"request_id": answer.headers["X-Request-ID"], "message": "request"}
    wait_until(lambda: lines_of(server, **fields), "the line of a request")
    (line,) = lines_of(server, **fields)
    return line


def test_request_has_a_line_with_the_id_of_its_answer(server: Server, alice: Person) -> None:
    answer = alice.api.get("/api/rooms/", params={"search": "nothing"})

    line = line_of(server, answer)

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", line["time"])
    assert line["level"] == "INFO"
    assert line["logger"] == "parley.access"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/rooms/", 200)
    assert line["user"] == alice.pk
    assert 0 < line["ms"] < 60_000


@pytest.mark.parametrize(
    ("path", "status", "logged"),
    [
        ("/api/rooms/999999/members/", 401, "/api/rooms/999999/members/"),
        ("/api/nothing/", 404, "/api/nothing/"),
        ("/api/Some%20Words/%0A%22/", 404, "/api/*/*/"),
        ("/healthz", 200, "/healthz"),
    ],
)
def test_answer_to_a_stranger_has_an_id_and_a_line(
    server: Server, path: str, status: int, logged: str
) -> None:
    line = line_of(server, httpx.get(server.url + path, trust_env=False))

    assert (line["path"], line["status"]) == (logged, status)
    assert "user" not in line


def test_long_poll_has_one_line(server: Server, alice: Person) -> None:
    room = alice.makes_room()["pk"]

    answer = alice.api.get(f"/api/rooms/{room}/events/", params={"after_seq": 1, "wait": 1})

    assert line_of(server, answer)["ms"] > 900


def test_socket_has_a_line_for_its_beginning_and_its_end(
    server: Server, alice: Person, connect: Callable[..., Socket]
) -> None:
    bob = Person(server, alice.contract, "bob")
    socket = connect(bob)
    ok(socket.request("ping"))
    socket.ws.close(code=1000)

    wait_until(lambda: lines_of(server, message="socket closed", user=bob.pk), "the line of an end")

    opened, closed = lines_of(server, user=bob.pk, logger="parley.access")[-2:]
    assert opened["message"] == "socket opened"
    assert closed["message"] == "socket closed"
    assert opened["socket_id"] == closed["socket_id"]
    assert closed["code"] == 1000
    assert 0 <= closed["seconds"] < 60
    assert "path" not in closed


def test_two_sockets_have_two_ids(
    server: Server, alice: Person, connect: Callable[..., Socket]
) -> None:
    for _ in range(2):
        connect(alice)

    opened = lines_of(server, message="socket opened", user=alice.pk)

    assert len({line["socket_id"] for line in opened}) == len(opened) >= 2


# -- ids that were given ---------------------------------------------------------------------


def test_given_request_id_is_kept(server: Server, alice: Person) -> None:
    given = unique("proxy-4.2_")

    answer = alice.api.get("/api/me/", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given
    assert line_of(server, answer)["user"] == alice.pk


@pytest.mark.parametrize(
    "given", ["x" * 10_000, "x" * 65, "a b", "", "a\tb", '"}', "é"], ids=lambda g: repr(g[:5])
)
def test_bad_request_id_is_replaced(server: Server, given: str) -> None:
    headers = [(b"X-Request-ID", given.encode())]
    answer = httpx.get(f"{server.url}/healthz", headers=headers, trust_env=False)

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert line_of(server, answer)["path"] == "/healthz"


def test_two_request_ids_are_replaced(server: Server) -> None:
    headers = [("X-Request-ID", "one"), ("X-Request-ID", "two")]
    answer = httpx.get(f"{server.url}/healthz", headers=headers, trust_env=False)

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
