"""How much one may do: on a server of its own, where RATE_LIMITS is on.

The numbers come from `hello` and from `backend.chat.limits`, so that raising one is no red test.
Let `Limit.check` return at once, and all of these are red.
"""

import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from backend.chat import limits
from tests.harness.contract import Contract
from tests.harness.people import Client, People, Person, assert_error, canary, unique
from tests.harness.server import Server
from tests.harness.sockets import Socket, assert_refused

Connect = Callable[..., Socket]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    return make_server(RATE_LIMITS="on", ACCESS_TOKEN_SECONDS="3600", TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture(scope="module")
def people(server: Server, contract: Contract) -> People:
    return People(lambda name: Person(server, contract, name))


@pytest.fixture(scope="module")
def guest(server: Server, contract: Contract) -> Client:
    return Client(server, contract)


@pytest.fixture
def eve(people: People) -> Person:
    return people.new("eve")


@pytest.fixture
def bystander(people: People, connect: Connect) -> Iterator[Socket]:
    """Somebody else, for whom everything goes on while Eve is over her limits."""
    socket = connect(people.alice)
    yield socket
    assert socket.is_alive()
    assert people.alice.makes_room()


def at_the_start_of_a_minute(seconds: float = 40) -> None:
    """Shared limits count in windows of the clock; a test must not straddle two."""
    left = 60 - time.time() % 60
    if left < 60 - seconds:
        time.sleep(left + 0.1)


def log_in(
    guest: Client, username: str, *, address: str, password: str = "wrong"
) -> httpx.Response:
    return guest.post(
        "/api/auth/token/",
        json={"username": username, "password": password},
        headers={"X-Forwarded-For": address},
    )


def assert_limited(answer: httpx.Response, within: float) -> None:
    error = assert_error(answer, 429, "rate_limited")["errors"][0]
    assert 0 < error["retry_after_ms"] <= within * 1000 + 1
    seconds = int(answer.headers["Retry-After"])
    assert seconds * 1000 >= error["retry_after_ms"] > (seconds - 1) * 1000


# -- logins and registrations ----------------------------------------------------------------


@pytest.mark.timeout(150)
def test_logins_with_a_name_are_limited_wherever_they_come_from(
    guest: Client, eve: Person, people: People
) -> None:
    at_the_start_of_a_minute()
    tries = [
        log_in(guest, eve.username.upper() if n % 2 else eve.username, address=f"10.0.0.{n}")
        for n in range(limits.LOGINS_PER_NAME.count + 1)
    ]

    # Not all of them: Eve's own login, when she was made, counted too.
    assert {answer.status_code for answer in tries[:-2]} == {401}
    assert_limited(tries[-1], limits.LOGINS_PER_NAME.seconds)
    # Guessing does not get further with the right one either.
    right = log_in(guest, eve.username, address="10.0.1.1", password=eve.password)
    assert_limited(right, limits.LOGINS_PER_NAME.seconds)
    bob = people.bob
    other = log_in(guest, bob.username, address="10.0.1.1", password=bob.password)
    assert other.status_code == 200


@pytest.mark.timeout(150)
def test_logins_of_an_address_are_limited_whatever_the_name(guest: Client, people: People) -> None:
    at_the_start_of_a_minute(30)
    bad = "x" * 200  # too long for a name: refused without the price of hashing
    tries = [
        log_in(guest, f"{bad}{n}", address="10.9.9.9")
        for n in range(limits.LOGINS_PER_ADDRESS.count + 1)
    ]

    assert {answer.status_code for answer in tries[:-1]} == {401}
    assert_limited(tries[-1], limits.LOGINS_PER_ADDRESS.seconds)
    bob = people.bob
    elsewhere = log_in(guest, bob.username, address="10.9.9.8", password=bob.password)
    assert elsewhere.status_code == 200


def test_registrations_of_an_address_are_limited(guest: Client) -> None:
    def register() -> httpx.Response:
        body = {"username": unique("eve"), "password": "short"}
        return guest.post("/api/auth/register/", json=body, headers={"X-Forwarded-For": "10.7.7.7"})

    tries = [register() for _ in range(limits.REGISTRATIONS.count + 1)]

    assert {answer.status_code for answer in tries[:-1]} <= {400, 429}
    assert_limited(tries[-1], limits.REGISTRATIONS.seconds)


# -- messages and searches -------------------------------------------------------------------


def test_messages_of_a_person_are_limited_through_both_doors_together(
    eve: Person, people: People, connect: Connect, bystander: Socket
) -> None:
    room = people.alice.makes_room()["pk"]
    eve.joins(room)
    socket = connect(eve)
    half = limits.MESSAGES.count // 2
    for _ in range(half):
        eve.posts(room)
    deadline = time.monotonic() + limits.MESSAGES.seconds
    while (reply := sends(socket, room))["response_status"] == 201:
        assert time.monotonic() < deadline, "no limit"

    error = assert_refused(reply, 429, "rate_limited")["errors"][0]
    # One passes every 100 ms; on a slow machine, once more before the refusal.
    for _ in range(limits.MESSAGES.count):
        refused = eve.api.post(f"/api/rooms/{room}/messages/", json={"text": canary()})
        if refused.status_code == 429:
            break

    assert 0 < error["retry_after_ms"] <= limits.MESSAGES.seconds * 1000
    assert_limited(refused, limits.MESSAGES.seconds)
    time.sleep(refused.json()["errors"][0]["retry_after_ms"] / 1000 + 0.2)
    assert sends(socket, room)["response_status"] == 201, "retry_after_ms was not true"
    assert people.alice.posts(room)


def sends(socket: Socket, room: int) -> dict[str, Any]:
    return socket.request("create_message", pk=room, message=canary())


def test_searches_of_a_person_are_limited(eve: Person, bystander: Socket) -> None:
    tries = [
        eve.api.get("/api/search/messages/", params={"q": "word"})
        for _ in range(limits.SEARCHES.count * 2)
    ]

    limited = [answer for answer in tries if answer.status_code == 429]
    assert limited
    assert_limited(limited[-1], limits.SEARCHES.seconds)


def test_history_of_a_person_is_limited_through_both_doors_together(
    eve: Person, connect: Connect, bystander: Socket
) -> None:
    room = eve.makes_room()["pk"]
    socket = connect(eve)
    frame = json.dumps({"action": "history", "pk": room, "request_id": "h"})
    for _ in range(3 * limits.READS.count):
        socket.ws.send(frame)
    deadline = time.monotonic() + 30
    path = f"/api/rooms/{room}/messages/"
    while (answer := eve.api.get(path)).status_code == 200 and time.monotonic() < deadline:
        pass

    assert_limited(answer, limits.READS.seconds)


# -- frames and sockets ----------------------------------------------------------------------


def test_frames_over_the_rate_are_answered_rate_limited(
    eve: Person, connect: Connect, bystander: Socket
) -> None:
    """2,000 frames at once: each is answered, in order, and the socket stays."""
    socket = connect(eve)
    burst = socket.hello["data"]["limits"]["frames_per_10_seconds"] * 2
    for number in range(burst):
        socket.ws.send(json.dumps({"action": "ping", "request_id": number}))

    replies = [json.loads(socket.ws.recv(20)) for _ in range(burst)]

    assert [reply["request_id"] for reply in replies] == list(range(burst))
    statuses = [reply["response_status"] for reply in replies]
    assert set(statuses) == {200, 429}
    assert statuses[: burst // 2] == [200] * (burst // 2)
    error = replies[-1]["errors"][0] if statuses[-1] == 429 else {}
    time.sleep(error.get("retry_after_ms", 0) / 1000 + 0.2)
    assert socket.is_alive()


@pytest.mark.timeout(120)
def test_frames_over_the_rate_for_long_end_the_socket_with_4429(
    eve: Person, connect: Connect, bystander: Socket
) -> None:
    socket, second = connect(eve), connect(eve)
    first_refusal, frame, numbers = 0.0, {}, itertools.count()
    deadline = time.monotonic() + 60
    with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012  (each recv may be the one)
        while time.monotonic() < deadline:
            # What was sent before the end is still there to be read.
            with contextlib.suppress(ConnectionClosed):
                for _ in range(100):
                    socket.ws.send(json.dumps({"action": "ping", "request_id": next(numbers)}))
            for _ in range(100):
                frame = json.loads(socket.ws.recv(10))
                if not first_refusal and frame.get("response_status") == 429:
                    first_refusal = time.monotonic()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429
    assert frame["action"] == "bye"
    assert (frame["data"]["code"], frame["data"]["reconnect"]) == (4429, True)
    assert frame["data"]["retry_after_ms"] >= 0
    assert 8 < time.monotonic() - first_refusal < 20
    assert second.is_alive()


@pytest.mark.timeout(120)
def test_sockets_of_a_person_are_limited(eve: Person, connect: Connect, bystander: Socket) -> None:
    sockets = [connect(eve) for _ in range(limits.SOCKETS_PER_PERSON)]
    assert sockets[0].hello["data"]["limits"]["sockets_per_person"] == len(sockets)

    one_too_many = connect(eve)

    bye, code = one_too_many.closing(timeout=5)
    assert code == 4429
    assert bye is not None
    assert (bye["data"]["reconnect"], bye["data"]["retry_after_ms"] > 0) == (True, True)
    assert [frame["action"] for frame in one_too_many.journal] == ["bye"]
    assert all(socket.is_alive() for socket in (sockets[0], sockets[-1]))
    sockets[0].close()
    time.sleep(0.5)
    assert connect(eve).is_alive()


@pytest.mark.timeout(120)
def test_subscriptions_of_a_socket_are_limited(
    eve: Person, connect: Connect, bystander: Socket
) -> None:
    """The same one again replaces itself; one more than the limit is refused, and nothing ends."""
    socket = connect(eve)
    room = eve.makes_room()["pk"]
    most = socket.hello["data"]["limits"]["subscriptions_per_socket"]

    def subscribes(request_id: str) -> dict[str, Any]:
        return socket.request("subscribe_to_messages_in_room", pk=room, request_id=request_id)

    statuses = {subscribes(f"s{number}")["response_status"] for number in range(most)}

    assert statuses == {201}
    assert_refused(subscribes("one more"), 429, "rate_limited")
    assert socket.is_alive()
