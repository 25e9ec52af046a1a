"""A database that is held up: the answer is `unavailable`, soon, and nothing is stored afterwards.

Seen red with a deadline for actions that is shorter than the waits: the reply was 503, and the
message was stored once the lock was free.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.harness.contract import Contract
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import Socket

pytestmark = pytest.mark.timed


@contextmanager
def held(database_url: str, room: int) -> Iterator[None]:
    """Nobody else can write to the room, as if a process was frozen in the middle of it."""
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
    else:
        with psycopg.connect(database_url) as postgresql:
            postgresql.execute("SELECT 1 FROM chat_room WHERE id = %s FOR UPDATE", [room])
            yield


@contextmanager
def read_only(database_url: str) -> Iterator[None]:
    """All of the server, for connections that are open already too."""
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(database_url, autocommit=True, options=options) as postgresql:
        postgresql.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            postgresql.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)
            yield
        finally:
            postgresql.execute("ALTER SYSTEM RESET default_transaction_read_only")
            postgresql.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("door", ["rest", "socket"])
def test_write_to_a_held_room_is_refused_soon_and_not_stored_later(
    make_server: Callable[..., Server],
    contract: Contract,
    connect: Callable[..., Socket],
    door: str,
) -> None:
    server = make_server()
    alice = Person(server, contract, "alice")
    room = alice.makes_room()["pk"]
    socket = connect(alice)

    with held(server.database_url, room):
        begun = time.monotonic()
        if door == "rest":
            # Not with the harness' client, to which every 5xx is a breach.
            answer = httpx.post(
                f"{server.url}/api/rooms/{room}/messages/",
                json={"text": canary()},
                headers={"Authorization": f"Bearer {alice.access}"},
                timeout=20,
            )
            status, error = answer.status_code, answer.json()["errors"][0]
        else:
            reply = socket.request("create_message", pk=room, message=canary(), timeout=20)
            status, error = reply["response_status"], reply["errors"][0]
        took = time.monotonic() - begun
    time.sleep(1)

    assert (status, error["code"]) == (503, "unavailable")
    assert error["retry_after_ms"] > 0
    assert took < 7
    assert alice.api.get(f"/api/rooms/{room}/messages/").json()["results"] == []
    assert socket.request("create_message", pk=room, message=canary())["data"]["seq"] == 2


def test_statement_that_times_out_is_not_quoted(
    make_server: Callable[..., Server], stack: Any, contract: Contract
) -> None:
    """Promise 16. Seen red with a PostgreSQL that logs as it does by default."""
    if stack.name == "embedded":
        pytest.skip("SQLite has no log")
    server = make_server()
    alice = Person(server, contract, "alice")
    room, text = alice.makes_room()["pk"], canary()

    with psycopg.connect(server.database_url) as postgresql:
        postgresql.execute("LOCK TABLE chat_message IN SHARE MODE")
        answer = httpx.post(
            f"{server.url}/api/rooms/{room}/messages/",
            json={"text": text},
            headers={"Authorization": f"Bearer {alice.access}"},
            timeout=20,
        )

    assert answer.status_code == 503
    assert "lock timeout" in stack.log_text()
    assert text not in stack.log_text()


@pytest.mark.parametrize("door", ["rest", "socket"])
def test_store_that_takes_no_writes_is_away(
    own_stack: Any, target: Server, anna: Person, connect: Callable[..., Socket], door: str
) -> None:
    """As a primary that another one has replaced. Seen red with 500, where nobody looks for it."""
    if own_stack.name == "embedded":
        pytest.skip("SQLite is never replaced")
    room, socket = anna.makes_room()["pk"], connect(anna)

    def status() -> int:
        if door == "socket":
            return socket.request("create_message", pk=room, message=canary())["response_status"]
        path, headers = f"/api/rooms/{room}/messages/", {"Authorization": f"Bearer {anna.access}"}
        return httpx.post(target.url + path, json={"text": canary()}, headers=headers).status_code

    before = status()
    with read_only(target.database_url):
        meanwhile = {status() for _ in range(5)}
    afterwards = {status() for _ in range(5)}

    assert (before, meanwhile, afterwards) == (201, {503}, {201})


def test_store_that_is_back_serves_at_once(own_stack: Any, target: Server, anna: Person) -> None:
    """A pool that tries again after seconds went on refusing for up to seven of them."""
    if own_stack.name == "embedded":
        pytest.skip("SQLite is never away")
    headers = {"Authorization": f"Bearer {anna.access}"}

    def statuses(_: int) -> set[int]:
        with httpx.Client(base_url=target.url, headers=headers, trust_env=False) as client:
            return {client.get("/api/rooms/").status_code for _ in range(10)}

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(statuses, range(8)))  # every thread has a connection
        own_stack.postgres.kill()
        for _ in range(3):
            without = set.union(*clients.map(statuses, range(8)))
            time.sleep(1)
        own_stack.postgres.start()
        again = set.union(*clients.map(statuses, range(8)))

    assert without == {503}
    assert again == {200}
