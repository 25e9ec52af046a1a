"""What nobody may learn: of others, of rooms that are not theirs, of accounts, from the logs.

Give `shapes.User` an `email`, or let a private room answer 403, and these turn red.
"""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.harness.contract import Contract
from tests.harness.people import Client, People, Person, assert_error, canary, unique
from tests.harness.server import Server, improper_lines
from tests.harness.sockets import Socket, ok, subscribe

Connect = Callable[..., Socket]
NO_ROOM = 999_999_999
PER_ANSWER = {"date", "x-request-id"}


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in PER_ANSWER}


# -- other people ----------------------------------------------------------------------------


@pytest.fixture
def mallory(people: People) -> Person:
    """Somebody with an e-mail address, who does all that others get to see."""
    person = people.new("mallory")
    body = {"email": f"{canary('email')}@example.org", "display_name": "Mallory"}
    assert person.api.patch("/api/me/", json=body).status_code == 200
    return person


def test_email_is_in_no_object_of_others(
    people: People, mallory: Person, connect: Connect, room: int
) -> None:
    email = mallory.gets("/api/me/")["email"]
    alice = connect(people.alice)
    subscribe(alice, room)
    ok(alice.request("subscribe_to_inbox"), 201)
    ok(alice.request("join_room", pk=room))
    own = connect(mallory)
    ok(own.request("join_room", pk=room))
    message = mallory.posts(room, f"@{people.alice.username} hello")
    mallory.api.put(f"/api/messages/{message['pk']}/reactions/👍/")
    own.request("typing", pk=room, typing=True)
    direct = people.alice.api.post("/api/direct/", json={"username": mallory.username})
    assert direct.status_code in (200, 201)

    seen = [direct.json(), ok(alice.request("retrieve", pk=room)), ok(alice.request("list"))]
    for path in (
        f"/api/rooms/{room}/",
        f"/api/rooms/{room}/members/",
        f"/api/rooms/{room}/online/",
        f"/api/rooms/{room}/messages/",
        f"/api/rooms/{room}/events/",
        "/api/rooms/",
        f"/api/users/?search={mallory.username}",
        f"/api/messages/{message['pk']}/",
        "/api/search/messages/?q=hello",
    ):
        seen.append(people.alice.gets(path))
    seen += alice.settle(1.5) + alice.journal

    assert mallory.username in json.dumps(seen)
    assert email not in json.dumps(seen)
    users = [user for user in _objects(seen) if user.get("username") == mallory.username]
    assert {frozenset(user) for user in users} == {frozenset({"pk", "username", "display_name"})}


def _objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _objects(item)]
    if isinstance(node, dict):
        return [node, *(found for item in node.values() for found in _objects(item))]
    return []


@pytest.mark.parametrize("path", ["/api/users/?search={}", "/api/rooms/?search={}"])
def test_email_is_not_searched(people: People, mallory: Person, path: str) -> None:
    email = mallory.gets("/api/me/")["email"]

    assert people.alice.gets(path.format(email))["results"] == []


# -- rooms that are not theirs ---------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "OPTIONS", "HEAD", "PUT"])
@pytest.mark.parametrize("tail", ["", "members/", "messages/", "events/", "online/"])
def test_private_room_answers_as_no_room_to_the_header(
    people: People, private_room: int, method: str, tail: str
) -> None:
    real, none = (
        people.charlie.api.request(method, f"/api/rooms/{pk}/{tail}")
        for pk in (private_room, NO_ROOM)
    )

    assert real.status_code == none.status_code
    assert real.content == none.content
    assert headers_of(real) == headers_of(none)


def test_private_room_at_the_socket_answers_as_no_room(
    people: People, private_room: int, connect: Connect
) -> None:
    message = people.alice.posts(private_room)["pk"]
    charlie = connect(people.charlie)
    for action, fields in (
        ("join_room", {}),
        ("leave_room", {}),
        ("retrieve", {}),
        ("history", {}),
        ("history", {"around_seq": 1}),
        ("subscribe_to_messages_in_room", {"after_seq": 1}),
        ("subscribe_to_messages_in_room", {"epoch": "foreign", "after_seq": 0}),
        ("subscribe_instance", {}),
        ("typing", {"typing": True}),
        ("mark_read", {"seq": 1}),
        ("create_message", {"message": "x"}),
        ("create_message", {"message": "x", "reply_to": message}),
        ("patch", {"data": {"topic": "x"}}),
        ("delete", {}),
    ):
        real, none = (
            charlie.request(action, pk=pk, request_id=7, **fields) for pk in (private_room, NO_ROOM)
        )
        assert real["response_status"] == 404, real
        assert real == none
    for action, fields in (("update_message", {"message": "x"}), ("delete_message", {})):
        real, none = (
            charlie.request(action, pk=pk, request_id=7, **fields) for pk in (message, NO_ROOM)
        )
        assert real["response_status"] == 404
        assert real == none


def test_private_room_is_not_told_by_its_name(people: People, connect: Connect) -> None:
    room = people.alice.makes_room(kind="private")
    charlie = connect(people.charlie)

    real = charlie.request("join_room", name=room["name"], request_id=7)
    none = charlie.request("join_room", name=unique("room"), request_id=7)

    assert real["response_status"] == 404
    assert real == none
    assert people.charlie.gets("/api/rooms/", params={"search": room["name"]})["results"] == []


# -- accounts --------------------------------------------------------------------------------


def log_in(guest: Client, username: str, password: str) -> httpx.Response:
    return guest.post("/api/auth/token/", json={"username": username, "password": password})


def test_login_tells_no_unknown_name_from_a_wrong_password(people: People, guest: Client) -> None:
    closed = people.new("closed")
    closed.api.request("DELETE", "/api/me/", json={"password": closed.password})

    wrong = log_in(guest, people.alice.username, canary("password"))
    for other in (
        log_in(guest, unique("nobody"), canary("password")),
        log_in(guest, closed.username, closed.password),
        log_in(guest, people.alice.username, "x" * 10_000),
    ):
        assert (other.status_code, other.content) == (wrong.status_code, wrong.content)
        assert headers_of(other) == headers_of(wrong)
    assert_error(wrong, 401, "not_authenticated")


def test_login_takes_as_long_for_an_unknown_name(
    make_server: Callable[..., Server], contract: Contract
) -> None:
    """Hashing is what takes time; a wide margin, since other work is going on too."""
    server = make_server(DJANGO_SETTINGS_MODULE="backend.config.settings")  # with the real hash
    alice, guest = Person(server, contract, "alice"), Client(server, contract)

    def seconds(username: str) -> float:
        began = time.perf_counter()
        log_in(guest, username, canary("password"))
        return time.perf_counter() - began

    known, unknown = [], []
    for _ in range(7):
        known.append(seconds(alice.username))
        unknown.append(seconds(unique("nobody")))

    assert 0.5 < statistics.median(unknown) / statistics.median(known) < 2


# -- logs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_logs_hold_no_token_ticket_password_or_text(
    make_server: Callable[..., Server], contract: Contract, connect: Connect, log_format: str
) -> None:
    """Whatever goes wrong or right; the shared server's logs are searched in every run too.

    Write paths into the access log as they came, or the query, and it is red.
    """
    server = make_server(ACCESS_TOKEN_SECONDS="3600", ACCESS_LOG="on", LOG_FORMAT=log_format)
    person = Person(server, contract, "dora")
    room = person.makes_room()["pk"]
    ticket = person.api.post("/api/auth/ticket/").json()["ticket"]
    text, new_password, wrong = canary("text"), canary("password"), canary("wrong")
    socket = connect(person, query=[("ticket", ticket)])
    socket.request("create_message", pk=room, message=text)
    socket.request("create_message", pk=room, message=text, extra=text)
    socket.request("authenticate", token=person.access + "x")
    socket.ws.send('{"action": "create_message", "message": "' + text)
    connect(person, query=[("ticket", ticket)])
    connect(person, query=[("token", person.access), ("token", person.refresh)])
    connect(person, query=[("token", person.access)])
    for path, body in (
        ("/api/auth/token/", {"username": person.username, "password": wrong}),
        ("/api/auth/token/", {"username": wrong, "password": [wrong]}),
        ("/api/auth/password/", {"old_password": wrong, "new_password": new_password}),
        ("/api/auth/token/verify/", {"token": person.access + wrong}),
        (f"/api/rooms/{room}/messages/", {"text": text, "client_id": wrong * 9}),
        (f"/api/rooms/{NO_ROOM}/messages/", {"text": text}),
    ):
        person.api.post(path, json=body)
    person.api.post("/api/rooms/", content=f'{{"name": "{text}')
    person.api.get("/api/search/messages/", params={"q": text})
    person.api.get(f"/api/nothing/?token={person.access}&ticket={ticket}&q={text}")
    person.guest.get(f"/nothing/{text}?token={person.access}")
    person.guest.get(f"/nothing/{person.access}/{ticket}", headers={"X-Request-ID": person.access})
    server.stop()

    log = server.log_text()
    secrets = [ticket, person.access, person.refresh, person.password, text, new_password, wrong]
    assert [secret for secret in secrets if secret in log] == []
    assert improper_lines(log) == []
    assert "path=/nothing/*" in log or '"path": "/nothing/*"' in log
