"""What no client should send: each gets the one error shape, never a page of HTML, never a 5xx."""

import json

import httpx
import pytest

from tests.harness.people import Client, People, assert_error

JSON = {"Content-Type": "application/json"}


def post_raw(people: People, content: bytes, headers: dict[str, str] = JSON) -> httpx.Response:
    return people.alice.api.post("/api/rooms/", content=content, headers=headers)


@pytest.mark.parametrize(
    "content",
    [
        b" ",
        b"{",
        b"{]",
        b"nul",
        b"{'name': 'x'}",
        b'{"name": "x",}',
        b'{"name": "x"} {}',
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'\xef\xbb\xbf{"name": "x"}',
        b'{"name": "\xff\xfe"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\x00"}',
        b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 30_000,
        b'{"a":' * 10_000,
        '{"name": "x"}'.encode("utf-16"),
    ],
    ids=lambda content: ascii(content[:24]),
)
def test_body_that_is_no_json(people: People, content: bytes) -> None:
    assert_error(post_raw(people, content), 400, "malformed")


@pytest.mark.parametrize("content", [b"[]", b"null", b"5", b'"x"', b"true"])
def test_body_that_is_no_object(people: People, content: bytes) -> None:
    assert_error(post_raw(people, content), 400, ("malformed", "invalid"))


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": 1e400}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"\\ud800": "x"}',
    ],
    ids=lambda content: ascii(content[:16]),
)
def test_body_with_a_value_that_is_none(people: People, content: bytes) -> None:
    assert_error(post_raw(people, content), 400, ("malformed", "invalid"))


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "image/png", "json", ""])
def test_body_of_another_type(people: People, content_type: str) -> None:
    answer = post_raw(people, b'{"name": "x"}', {"Content-Type": content_type})

    assert_error(answer, 415, "unsupported_media_type")


def test_body_of_a_form(people: People) -> None:
    form = people.alice.api.post("/api/rooms/", data={"name": "x"})
    parts = people.alice.api.post("/api/rooms/", files={"name": b"x"})

    assert_error(form, 415, "unsupported_media_type")
    assert_error(parts, 415, "unsupported_media_type")


def test_body_type_with_a_charset_is_fine(people: People) -> None:
    room = people.alice.makes_room()["pk"]
    headers = {"Content-Type": "application/json; charset=utf-8"}

    answer = people.alice.api.post(
        f"/api/rooms/{room}/messages/", content='{"text": "ü"}'.encode(), headers=headers
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("login", [True, False])
def test_body_of_ten_megabytes(people: People, guest: Client, login: bool) -> None:
    client, path = (people.alice.api, "/api/rooms/") if login else (guest, "/api/auth/token/")
    content = json.dumps({"name": "x" * 10_000_000}).encode()

    assert_error(client.post(path, content=content, headers=JSON), 413, "too_large")


def test_body_of_ten_megabytes_in_chunks(people: People) -> None:
    chunks = (b'{"name": "' if n == 0 else b"x" * 100_000 for n in range(100))

    answer = people.alice.api.post("/api/rooms/", content=chunks, headers=JSON)

    assert_error(answer, 413, "too_large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/api/rooms/"),
        ("delete", "/api/rooms/"),
        ("put", "/api/me/"),
        ("post", "/api/me/"),
        ("get", "/api/auth/token/"),
        ("get", "/api/sync/"),
        ("trace", "/api/rooms/"),
    ],
)
def test_method_that_is_not_there(people: People, method: str, path: str) -> None:
    assert_error(people.alice.api.request(method, path), 405, "method_not_allowed")


@pytest.mark.parametrize("method", ["put", "post"])
def test_method_of_a_room_that_is_not_there(people: People, room: int, method: str) -> None:
    answer = people.alice.api.request(method, f"/api/rooms/{room}/", json={"name": "x"})

    assert_error(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/nothing/",
        "/api/rooms/1/nothing/",
        "/api/rooms//",
        "/api/%00/",
        "/ws/",
        "/ws/nothing/",
        "/ws/chat/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_path_that_is_not_there(people: People, guest: Client, method: str, path: str) -> None:
    for client in (people.alice.api, guest):
        assert_error(client.request(method, path), 404, "not_found")


def test_socket_path_without_an_upgrade(guest: Client) -> None:
    answer = guest.get("/ws/chat/room/")

    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"]


@pytest.mark.parametrize("query", ["nothing=1", "limit=1&limit=2", "limit[]=1"])
def test_query_with_an_unknown_or_repeated_name(people: People, room: int, query: str) -> None:
    answer = people.alice.api.get(f"/api/rooms/{room}/messages/?{query}")

    assert_error(answer, 400, "invalid")


def test_query_of_more_names_than_anybody_means(people: People) -> None:
    query = "&".join(f"a{number}=1" for number in range(1500))

    assert_error(people.alice.api.get(f"/api/rooms/?{query}"), 400, "invalid")
