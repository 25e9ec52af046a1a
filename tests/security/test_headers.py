"""What browsers are told, which pages may call, whose address is believed, and Django's own check.

Empty `backend.config.headers`, or allow every origin, and these turn red.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend.chat import limits
from tests.conftest import GOOD_ORIGIN
from tests.harness.contract import Contract
from tests.harness.people import Client, People, Person, unique
from tests.harness.server import ROOT, Server

FOREIGN_ORIGINS = [
    "https://evil.example",
    f"{GOOD_ORIGIN}.evil.example",
    "http://good.example",
    f"{GOOD_ORIGIN}:8443",
    "null",
]


# -- headers ---------------------------------------------------------------------------------


def policy_of(answer: httpx.Response) -> dict[str, list[str]]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in map(str.split, parts) if words}


@pytest.mark.parametrize(
    "path",
    ["/", "/rooms/1", "/api/me/", "/api/rooms/1/", "/api/nothing/", "/api/docs/", "/admin/login/"],
)
def test_answer_has_the_headers_of_safety(guest: Client, path: str) -> None:
    answer = guest.get(path)

    policy = policy_of(answer)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    if path != "/api/docs/":  # there drf-spectacular opens it, for logins in another window
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "server" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("x-powered")]


@pytest.mark.parametrize("path", ["/", "/rooms/1", "/api/me/"])
def test_page_may_run_no_script_that_is_not_the_servers(guest: Client, path: str) -> None:
    policy = policy_of(guest.get(path))

    assert policy["script-src"] == ["'self'"]
    assert "'unsafe-inline'" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)


def test_too_large_answer_has_the_headers_too(people: People) -> None:
    """It is given before Django sees the request; a listed page must be able to read it."""
    answer = people.alice.api.post(
        "/api/rooms/", content=b" " * 100_000, headers={"Origin": GOOD_ORIGIN}
    )

    assert answer.status_code == 413
    assert answer.headers.get("X-Content-Type-Options") == "nosniff"
    assert answer.headers.get("Access-Control-Allow-Origin") == GOOD_ORIGIN


# -- CORS ------------------------------------------------------------------------------------


def preflight(guest: Client, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return guest.options("/api/rooms/", headers=headers)


def test_preflight_of_a_listed_origin(guest: Client) -> None:
    answer = preflight(guest, GOOD_ORIGIN)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == GOOD_ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
    # Logins are headers, not cookies: nobody needs this.
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/api/rooms/", "/api/nothing/", "/api/auth/token/"])
def test_answer_for_a_listed_origin_can_be_read(people: People, path: str) -> None:
    answer = people.alice.api.get(path, headers={"Origin": GOOD_ORIGIN})

    assert answer.headers["Access-Control-Allow-Origin"] == GOOD_ORIGIN
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_foreign_origin_gets_no_leave(people: People, guest: Client, origin: str) -> None:
    answers = [
        preflight(guest, origin),
        people.alice.api.get("/api/rooms/", headers={"Origin": origin}),
    ]

    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]


def test_listed_origin_gets_no_leave_outside_the_api(guest: Client) -> None:
    answer = guest.get("/admin/login/", headers={"Origin": GOOD_ORIGIN})

    assert "Access-Control-Allow-Origin" not in answer.headers


# -- Django's check --------------------------------------------------------------------------


def test_check_deploy_is_clean(stack: Any) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": stack.new_database(),
        "SECRET_KEY": "".join(unique("k") for _ in range(6)),
        "HTTPS": "on",
        "DEBUG": "off",
        "ALLOWED_HOSTS": "chat.example.org",
    }

    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.parametrize("path", ["/healthz", "/api/rooms/"])
def test_foreign_host_is_refused(guest: Client, path: str) -> None:
    answer = guest.get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


# -- addresses and the admin -----------------------------------------------------------------


def wrong_logins(guest: Client, count: int, forwarded: Callable[[int], str]) -> list[int]:
    """Names too long to exist: refused without the price of hashing."""
    return [
        guest.post(
            "/api/auth/token/",
            json={"username": unique("x" * 200), "password": "x"},
            headers={"X-Forwarded-For": forwarded(number)},
        ).status_code
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "limited"),
    [
        ("", "10.0.0.{}", True),
        ("192.0.2.1", "10.0.0.{}", True),
        ("127.0.0.1", "10.0.0.{}", False),
        # What a client wrote itself stands to the left of what the proxy saw.
        ("127.0.0.1", "10.0.0.{}, 10.9.9.9", True),
    ],
    ids=["nobody trusted", "another trusted", "trusted", "forged behind a trusted one"],
)
def test_forwarded_address_is_believed_from_trusted_proxies_alone(
    make_server: Callable[..., Server],
    contract: Contract,
    trusted: str,
    forwarded: str,
    limited: bool,
) -> None:
    server = make_server(RATE_LIMITS="on", TRUSTED_PROXIES=trusted)
    count = limits.LOGINS_PER_ADDRESS.count

    # Twice as many as one address may do, since a minute can begin between them.
    statuses = wrong_logins(Client(server, contract), 2 * count + 1, forwarded.format)

    assert (429 in statuses) is limited


def test_admin_login_is_throttled(make_server: Callable[..., Server], contract: Contract) -> None:
    server = make_server(RATE_LIMITS="on")
    person = Person(server, contract, "dora")
    page = httpx.Client(base_url=server.url, trust_env=False, timeout=20)

    def attempt() -> str:
        form = page.get("/admin/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token is not None
        return page.post(
            "/admin/login/",
            data={
                "csrfmiddlewaretoken": token[1],
                "username": person.username,
                "password": "wrong",
            },
        ).text

    assert "Too many attempts" not in attempt()
    most = 2 * limits.LOGINS_PER_NAME.count + 2
    assert any("Too many attempts" in attempt() for _ in range(most))
    # One limit for both doors: the API does not let the guessing go on.
    body = {"username": person.username, "password": person.password}
    assert person.guest.post("/api/auth/token/", json=body).status_code == 429
