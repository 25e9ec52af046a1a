"""Who is let in, how a token may come, and what the refused are told."""

import socket as sockets
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from tests.conftest import GOOD_ORIGIN
from tests.harness import tokens
from tests.harness.people import People
from tests.harness.server import Server
from tests.harness.sockets import Socket, dial

Connect = Callable[..., Socket]


def assert_turned_away(socket: Socket) -> None:
    """`bye` and nothing else, then 4401."""
    assert socket.hello["action"] == "bye", socket.hello
    assert socket.hello["data"]["code"] == 4401
    _, code = socket.closing()
    assert code == 4401
    assert len(socket.journal) == 1


def test_query_token_is_let_in_with_hello(people: People, connect: Connect) -> None:
    hello = connect(people.alice).hello

    assert set(hello) >= {"action", "request_id", "response_status", "errors", "data"}
    assert (hello["request_id"], hello["response_status"], hello["errors"]) == (None, 200, [])
    data = hello["data"]
    assert (data["protocol"], data["user"]) == (1, people.alice.user)
    assert data["heartbeat_seconds"] == 25
    assert isinstance(data["limits"], dict)
    assert data["token_expires_at"] > data["server_time"]
    room = people.alice.makes_room()["pk"]
    assert data["epoch"] == people.alice.gets(f"/api/rooms/{room}/events/")["epoch"]


def test_header_token_is_let_in(people: People, connect: Connect) -> None:
    headers = {"Authorization": f"Bearer {people.alice.access}"}

    assert connect(people.alice, query=[], additional_headers=headers).is_alive()


def test_subprotocol_token_is_let_in_and_bearer_selected(people: People, connect: Connect) -> None:
    socket = connect(people.alice, query=[], subprotocols=["bearer", people.alice.access])

    assert socket.is_alive()
    assert socket.ws.subprotocol == "bearer"


def test_other_subprotocols_are_not_selected(people: People, connect: Connect) -> None:
    socket = connect(people.alice, subprotocols=["chat", "v1"])

    assert socket.is_alive()
    assert socket.ws.subprotocol is None


@pytest.mark.parametrize(
    "query",
    [
        [],
        [("token", "")],
        [("token", "\r\nX-Admin: 1")],
        [("token", "x" * 5_000)],
        [("token", "\x00")],
        [("ticket", "nothing")],
    ],
    ids=lambda query: ascii(query)[:30],
)
def test_query_without_a_good_token(
    people: People, connect: Connect, query: list[tuple[str, str]]
) -> None:
    assert_turned_away(connect(people.alice, query=query))


@pytest.mark.parametrize("name", tokens.BAD_TOKENS)
def test_bad_token(people: People, connect: Connect, name: str) -> None:
    bad = tokens.bad_tokens(people.alice.access, people.alice.refresh)[name]

    assert_turned_away(connect(people.alice, query=[("token", bad)]))


@pytest.mark.parametrize("size", [10_000, 20_000, 100_000])
def test_token_of_many_kilobytes_is_refused(
    people: People, server: Server, connect: Connect, size: int
) -> None:
    """Either HTTP refuses so long a line, or the token is turned away like any other."""
    with socket_to(server) as tcp:
        tcp.sendall(upgrade(server, f"/ws/chat/room/?token={'x' * size}"))

        answer = tcp.recv(100)

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 101")) or answer == b""
    assert connect(people.alice).is_alive()


def test_two_tokens_are_none(people: People, connect: Connect) -> None:
    token = people.alice.access
    header = {"Authorization": f"Bearer {token}"}

    for socket in (
        connect(people.alice, query=[("token", token), ("token", token)]),
        connect(people.alice, additional_headers=header),
        connect(people.alice, subprotocols=["bearer", token]),
        connect(people.alice, query=[], subprotocols=["bearer", token], additional_headers=header),
    ):
        assert_turned_away(socket)


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Token {}", "Bearer {} {}"])
def test_header_without_a_good_token(people: People, connect: Connect, header: str) -> None:
    value = header.format(people.alice.access, people.alice.access)

    socket = connect(people.alice, query=[], additional_headers={"Authorization": value})

    assert_turned_away(socket)


def test_cookies_are_not_looked_at(people: People, connect: Connect) -> None:
    cookies = {"Cookie": f"token={people.alice.access}; access={people.alice.access}"}

    assert_turned_away(connect(people.alice, query=[], additional_headers=cookies))


def test_logged_out_token(people: People, connect: Connect) -> None:
    dora = people.new("dora")
    assert dora.api.post("/api/auth/logout/", json={"refresh": dora.refresh}).status_code == 204
    time.sleep(2)

    assert_turned_away(connect(dora))


def test_open_socket_ends_at_the_expiry_of_its_token(people: People, connect: Connect) -> None:
    token = tokens.forged(people.alice.access, exp=tokens.in_seconds(3))
    began = time.monotonic()
    socket = connect(people.alice, query=[("token", token)])

    bye, code = socket.closing(timeout=6)

    assert code == 4401
    assert bye is not None
    assert 1.5 < time.monotonic() - began < 5


# -- origins, paths, plain HTTP --------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "own", GOOD_ORIGIN])
def test_origin_that_is_let_in(
    people: People, server: Server, connect: Connect, origin: str | None
) -> None:
    origin = server.url if origin == "own" else origin

    assert connect(people.alice, origin=origin).is_alive()


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        f"{GOOD_ORIGIN}.evil.example",
        "http://good.example",
        f"{GOOD_ORIGIN}:8443",
        "http://127.0.0.1:1",
        "null",
        "",
        "https://",
        "nonsense",
    ],
)
def test_foreign_origin_is_refused(people: People, connect: Connect, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(people.alice, additional_headers={"Origin": origin})

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/ws/nothing/", "/ws/chat/", "/ws/chat/room/1/", "/nothing", "/"])
def test_unknown_path_is_refused(people: People, server: Server, path: str) -> None:
    url = server.socket_url.replace("/ws/chat/room/", path)

    with pytest.raises(InvalidStatus) as refused:
        dial(url, [("token", people.alice.access)])

    response = refused.value.response
    assert response.status_code in (403, 404)
    if path.startswith("/ws/"):
        assert response.status_code == 404
        assert b'"not_found"' in (response.body or b"")


def test_wrong_version_is_refused(people: People, server: Server) -> None:
    with socket_to(server) as tcp:
        path = f"/ws/chat/room/?token={people.alice.access}"
        tcp.sendall(upgrade(server, path).replace(b"Version: 13", b"Version: 12"))

        answer = tcp.recv(100)

    assert answer.startswith(b"HTTP/1.1 4")


def socket_to(server: Server) -> sockets.socket:
    return sockets.create_connection(("127.0.0.1", server.port), timeout=5)


def upgrade(server: Server, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def test_compression_is_not_agreed_on(people: People, connect: Connect) -> None:
    socket = connect(people.alice, compression="deflate")

    assert socket.is_alive()
    connection: ClientConnection = socket.ws
    assert connection.response is not None
    assert "Sec-WebSocket-Extensions" not in connection.response.headers


def test_one_refused_socket_harms_no_other(people: People, connect: Connect) -> None:
    good = connect(people.alice)

    bad: list[Any] = [connect(people.alice, query=[("token", "bad")]) for _ in range(5)]

    for socket in bad:
        assert_turned_away(socket)
    assert good.is_alive()
