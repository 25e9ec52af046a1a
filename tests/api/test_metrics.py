"""What `/metrics` counts, with one worker and with two; each number is the sum over all of them.

Seen red: without `PROMETHEUS_MULTIPROC_DIR` (each worker tells its own numbers), without
`mark_process_dead` or with `sum` for `livesum` (the sockets of a dead worker stay), with repeats
announced like new messages, with a series for every code, and with a delivery timed where nobody
subscribes.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deploy.processes import wait_until
from tests.harness.contract import Contract
from tests.harness.measures import log_lines, metrics
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import Socket, dial, ok, subscribe

Connect = Callable[..., Socket]


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def server(
    request: pytest.FixtureRequest, make_server: Callable[..., Server], stack: Any
) -> Server:
    """A server of these tests alone; its log tells which worker has which socket."""
    if request.param > 1 and stack.name == "embedded":
        pytest.skip("several workers need Redis")
    return make_server(
        workers=request.param, ACCESS_TOKEN_SECONDS="3600", LOG_FORMAT="json", ACCESS_LOG="on"
    )


@pytest.fixture(scope="module")
def alice(server: Server, contract: Contract) -> Person:
    return Person(server, contract, "alice")


def reaches(server: Server, name: str, value: float) -> None:
    """Gauges are renewed once a second."""
    wait_until(lambda: metrics(server).get(name) == value, f"{name} = {value}")


def opened_by_pid(server: Server) -> Counter[int]:
    return Counter(line["pid"] for line in log_lines(server, "socket opened"))


def test_sockets_are_those_of_all_workers(server: Server, alice: Person) -> None:
    workers = server._workers
    before = opened_by_pid(server)
    sockets = []
    while len(sockets) < 4 or len(opened_by_pid(server) - before) < workers:
        assert len(sockets) < 200, "one worker got all the sockets"
        sockets.append(dial(server.socket_url, [("token", alice.access)]))
        assert '"hello"' in sockets[-1].recv(10)

    reaches(server, "parley_sockets", len(sockets))
    for socket in sockets:
        socket.close()
    reaches(server, "parley_sockets", 0)


def test_message_counts_once_through_either_door(
    server: Server, alice: Person, connect: Connect
) -> None:
    room = alice.makes_room()["pk"]
    socket = connect(alice)
    before = metrics(server)

    alice.posts(room, "by REST", client_id="1")
    alice.posts(room, "by REST", client_id="1")
    ok(socket.request("create_message", pk=room, message="by socket", client_id="2"), 201)
    ok(socket.request("create_message", pk=room, message="by socket", client_id="2"), 200)
    refused = socket.request("create_message", pk=room, message="")

    assert refused["response_status"] == 400
    after = metrics(server)
    assert after["parley_messages_total"] == before["parley_messages_total"] + 2


def test_delivery_is_timed_once_per_message_and_worker(
    server: Server, alice: Person, connect: Connect
) -> None:
    room, empty = alice.makes_room()["pk"], alice.makes_room()["pk"]
    sockets = [connect(alice) for _ in range(3)]
    for socket in sockets:
        subscribe(socket, room)
        ok(socket.request("join_room", pk=empty))
    before = metrics(server)

    for number in range(5):
        alice.posts(empty, "somebody is there, but nobody is told")
        alice.posts(room, f"message {number}")
    for socket in sockets:
        socket.events(5)

    after = metrics(server)
    gained = after["parley_delivery_seconds_count"] - before["parley_delivery_seconds_count"]
    assert gained in [5 * workers for workers in range(1, server._workers + 1)]
    spent = after["parley_delivery_seconds_sum"] - before["parley_delivery_seconds_sum"]
    assert 0 < spent < gained * 10


def test_rooms_count_while_somebody_subscribes(
    server: Server, alice: Person, connect: Connect
) -> None:
    socket = connect(alice)
    rooms = [alice.makes_room()["pk"] for _ in range(3)]
    for room in rooms:
        ok(socket.request("join_room", pk=room))  # present, which is no subscription
    for room in rooms[:2]:
        subscribe(socket, room)

    reaches(server, "parley_rooms_subscribed", 2)
    socket.close()
    reaches(server, "parley_rooms_subscribed", 0)


def test_resume_counts_when_it_names_a_seq(server: Server, alice: Person, connect: Connect) -> None:
    room = alice.makes_room()["pk"]
    socket = connect(alice)
    before = metrics(server)

    subscribe(socket, room)
    subscribe(socket, room, after_seq=0)
    refused = socket.request("subscribe_to_messages_in_room", pk=room, after_seq=99)

    assert refused["response_status"] == 409
    assert metrics(server)["parley_resumes_total"] == before["parley_resumes_total"] + 1


def test_closes_count_by_code(server: Server, alice: Person) -> None:
    reaches(server, "parley_sockets", 0)  # those of other tests are counted already
    before = Counter(metrics(server))
    token = [("token", alice.access)]

    dial(server.socket_url, [("token", "no token")]).close()
    dial(server.socket_url, token).close(code=1000)
    dial(server.socket_url, token).close(code=4999)
    broken = dial(server.socket_url, token)
    for _ in range(2):
        broken.send(b"binary")

    def gained() -> Counter[str]:
        after = Counter(metrics(server)) - before
        return Counter({n: int(v) for n, v in after.items() if n.startswith("parley_closes_total")})

    expected = {f"parley_closes_total:{code}": 1 for code in ("4401", "1000", "other", "1003")}
    wait_until(lambda: gained() == expected, "each close once")


def test_layer_is_heard(server: Server) -> None:
    assert 0 <= metrics(server)["parley_layer_heartbeat_age_seconds"] < 6


def test_dead_workers_sockets_are_gone_and_its_counts_stay(
    server: Server, alice: Person, contract: Contract
) -> None:
    if server._workers == 1:
        pytest.skip("nothing is left to ask")
    room = alice.makes_room()["pk"]
    before = opened_by_pid(server)
    sockets = []
    while len(opened_by_pid(server) - before) < 2:
        assert len(sockets) < 200, "one worker got all the sockets"
        sockets.append(dial(server.socket_url, [("token", alice.access)]))
        assert '"hello"' in sockets[-1].recv(10)
    by_worker = opened_by_pid(server) - before
    for _ in range(20):
        alice.posts(room, canary())
    reaches(server, "parley_sockets", len(sockets))
    messages = metrics(server)["parley_messages_total"]
    victim, lost = by_worker.popitem()

    os.kill(victim, signal.SIGKILL)

    reaches(server, "parley_sockets", len(sockets) - lost)
    assert metrics(server)["parley_messages_total"] == messages
    for socket in sockets:
        socket.close()


# -- who may ask -----------------------------------------------------------------------------


def test_metrics_are_not_for_those_behind_a_proxy(server: Server) -> None:
    answer = httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"})

    assert answer.status_code == 403
    assert "parley_" not in answer.text


def test_metrics_token_lets_in_and_nothing_else_does(make_server: Callable[..., Server]) -> None:
    server = make_server(METRICS_TOKEN="a-token-of-the-test")

    def status(**headers: str) -> int:
        return httpx.get(f"{server.url}/metrics", headers=headers, trust_env=False).status_code

    good = "Bearer a-token-of-the-test"
    assert status(Authorization=good) == 200
    assert status(**{"Authorization": good, "X-Forwarded-For": "203.0.113.9"}) == 200
    assert status() == 403
    for bad in ("a-token-of-the-test", "Bearer x", "Bearer é", "Bearer a-token-of-the-tes"):
        answer = httpx.get(
            f"{server.url}/metrics", headers=[(b"Authorization", bad.encode())], trust_env=False
        )
        assert answer.status_code == 403
