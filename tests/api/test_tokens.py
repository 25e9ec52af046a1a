"""Log in, rotate, verify, log out."""

import concurrent.futures
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import tokens
from tests.harness.people import Client, People, Person, assert_error, canary, unique
from tests.harness.sockets import Socket


@pytest.fixture
def dora(people: People) -> Person:
    """Somebody whose sessions a test may end."""
    return people.new("dora")


def refresh(guest: Client, token: Any) -> Any:
    return guest.post("/api/auth/token/refresh/", json={"refresh": token})


def verify(guest: Client, token: Any) -> Any:
    return guest.post("/api/auth/token/verify/", json={"token": token})


def test_token_has_the_claims_of_the_contract(people: People) -> None:
    access, refresh_token = map(tokens.claims, (people.alice.access, people.alice.refresh))

    assert str(access["user_id"]) == str(people.alice.pk)
    assert access["sid"] == refresh_token["sid"]
    assert access["token_type"] == "access"


@pytest.mark.parametrize("who", ["alice", "nobody"])
def test_token_wrong_password_or_name_says_the_same(
    people: People, guest: Client, who: str
) -> None:
    name = people.alice.username if who == "alice" else unique("nobody")

    answer = guest.post("/api/auth/token/", json={"username": name, "password": canary()})

    body = assert_error(answer, 401, "not_authenticated")
    assert body["errors"][0]["detail"] and name not in answer.text


def test_token_takes_the_name_in_any_case(people: People, guest: Client) -> None:
    body = {"username": people.alice.username.upper(), "password": people.alice.password}

    assert guest.post("/api/auth/token/", json=body).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"username": "a"}, "password"),
        ({"password": "a"}, "username"),
        ({"username": ["a"], "password": "b"}, "username"),
        ({"username": "a", "password": None}, "password"),
        ({"username": "a", "password": "b", "otp": "1"}, "otp"),
    ],
    ids=str,
)
def test_token_with_a_bad_body(guest: Client, body: dict[str, Any], field: str | None) -> None:
    assert_error(guest.post("/api/auth/token/", json=body), 400, "invalid", field)


@pytest.mark.parametrize("name", tokens.BAD_TOKENS)
def test_access_with_a_bad_token(people: People, guest: Client, name: str) -> None:
    bad = tokens.bad_tokens(people.alice.access, people.alice.refresh)[name]

    answer = guest.get("/api/me/", headers={"Authorization": f"Bearer {bad}"})

    assert_error(answer, 401, "token_expired" if name == "expired" else "not_authenticated")


@pytest.mark.parametrize("header", ["Bearer", "Token {}", "{}", "Bearer {} x", "Basic YTpi"])
def test_access_with_a_bad_header(people: People, guest: Client, header: str) -> None:
    headers = {"Authorization": header.format(people.alice.access)}

    assert_error(guest.get("/api/me/", headers=headers), 401, "not_authenticated")


def test_refresh_rotates_and_keeps_the_session(dora: Person, guest: Client) -> None:
    answer = refresh(guest, dora.refresh)

    assert answer.status_code == 200
    pair = answer.json()
    assert tokens.claims(pair["access"])["sid"] == tokens.claims(dora.access)["sid"]
    assert (
        guest.get("/api/me/", headers={"Authorization": f"Bearer {pair['access']}"}).status_code
        == 200
    )
    assert refresh(guest, pair["refresh"]).status_code == 200


def test_refresh_token_twice(dora: Person, guest: Client) -> None:
    assert refresh(guest, dora.refresh).status_code == 200

    assert_error(refresh(guest, dora.refresh), 401, "not_authenticated")


def test_refresh_token_twice_at_once_wins_once(dora: Person, guest: Client) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: refresh(guest, dora.refresh), range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5


@pytest.mark.parametrize("bad", ["garbage", "a.b.c", "", "x" * 10_000])
def test_refresh_with_garbage(guest: Client, bad: str) -> None:
    assert refresh(guest, bad).status_code in (400, 401)


def test_refresh_with_an_access_token(people: People, guest: Client) -> None:
    assert_error(refresh(guest, people.alice.access), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exp": 1_000_000_000}, "token_expired"),
        ({"sid": None}, "not_authenticated"),
        ({"user_id": 10**12}, "not_authenticated"),
        ({"user_id": "x"}, "not_authenticated"),
        ({"jti": "x"}, "not_authenticated"),
        ({"key": tokens.FOREIGN_KEY}, "not_authenticated"),
    ],
    ids=str,
)
def test_refresh_with_a_forged_token(
    dora: Person, guest: Client, change: dict[str, Any], code: str
) -> None:
    assert_error(refresh(guest, tokens.forged(dora.refresh, **change)), 401, code)


def test_verify_good_tokens(people: People, guest: Client) -> None:
    for token in (people.alice.access, people.alice.refresh):
        answer = verify(guest, token)
        assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("name", [name for name in tokens.BAD_TOKENS if name != "refresh_type"])
def test_verify_bad_tokens(people: People, guest: Client, name: str) -> None:
    bad = tokens.bad_tokens(people.alice.access, people.alice.refresh)[name]

    assert_error(
        verify(guest, bad), 401, "token_expired" if name == "expired" else "not_authenticated"
    )


def test_logout_ends_the_session_and_its_sockets_only(
    dora: Person, guest: Client, connect: Callable[..., Socket]
) -> None:
    first = {"access": dora.access, "refresh": dora.refresh}
    ended = connect(dora)
    second = dora.login()
    other = connect(dora)

    answer = guest.post(
        "/api/auth/logout/",
        json={"refresh": first["refresh"]},
        headers={"Authorization": f"Bearer {first['access']}"},
    )

    assert answer.status_code == 204
    bye, code = ended.closing(timeout=2)
    assert code == 4401
    assert bye is not None
    assert bye["data"]["code"] == 4401
    assert_error(refresh(guest, first["refresh"]), 401, "not_authenticated")
    assert other.is_alive()
    assert refresh(guest, second["refresh"]).status_code == 200


def test_logout_ends_the_access_token_within_two_seconds(dora: Person, guest: Client) -> None:
    assert dora.api.post("/api/auth/logout/", json={"refresh": dora.refresh}).status_code == 204
    deadline = time.monotonic() + 2

    while (answer := dora.api.get("/api/me/")).status_code == 200:
        assert time.monotonic() < deadline, "the access token lives on"
        time.sleep(0.1)

    assert_error(answer, 401, "not_authenticated")
    assert_error(verify(guest, dora.access), 401, "not_authenticated")


def test_logout_with_garbage(people: People) -> None:
    answer = people.alice.api.post("/api/auth/logout/", json={"refresh": "garbage"})

    assert answer.status_code in (400, 401)
    assert people.alice.api.get("/api/me/").status_code == 200
