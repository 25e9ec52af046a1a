"""Promise 14: SIGTERM says goodbye to everybody, loses nothing, and ends within 12 s.

Also with clients that never read; and SIGHUP, which replaces one worker after the other, says
goodbye too. Seen red with uvicorn's own server, which closes without a bye, with a transport that
is not let go of, where the process does not end in time, and with a start that cannot be ended.
"""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.harness.contract import Contract
from tests.harness.crowd import Crowd
from tests.harness.people import Person
from tests.harness.server import Server
from tests.harness.sockets import dial

from .conftest import Trials
from .slow import SlowReader

pytestmark = pytest.mark.timed

ENDS_SECONDS = 12
SENDERS, READERS, SLOW = 6, 6, 10


@pytest.mark.timeout(60)
def test_sigterm_says_bye_and_closes_with_1012(
    make_server: Callable[..., Server], contract: Contract, stack: object
) -> None:
    server = make_server(workers=2 if getattr(stack, "name", "") == "production" else 1)
    alice = Person(server, contract, "alice")
    sockets = [dial(server.socket_url, [("token", alice.access)]) for _ in range(8)]
    for socket in sockets:
        assert '"hello"' in socket.recv(5)

    begun = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    time.sleep(0.7)
    ready = httpx.get(f"{server.url}/readyz", timeout=5).status_code
    byes, codes = [], []
    for socket in sockets:
        byes.append(json.loads(socket.recv(5)))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
        codes.append(closed.value.rcvd.code if closed.value.rcvd else None)
    server.wait(ENDS_SECONDS)

    assert ready == 503
    assert {(bye["action"], bye["data"]["code"]) for bye in byes} == {("bye", 1012)}
    assert all(bye["data"]["reconnect"] for bye in byes)
    # They do not all come back at once.
    assert len({bye["data"]["retry_after_ms"] for bye in byes}) > 1
    assert codes == [1012] * len(sockets)
    assert time.monotonic() - begun < ENDS_SECONDS


@pytest.mark.row("14", ci=1, long=30, seconds=40)
def test_restart_under_load(target: Server, anna: Person, trials: Trials, seed: int) -> None:
    chance = random.Random(seed)
    for _ in trials:
        room = anna.makes_room()["pk"]
        slow = [SlowReader(target, anna, room) for _ in range(SLOW)]
        with Crowd(anna, room, seed=chance.randrange(2**32)) as crowd:
            crowd.join(SENDERS, in_flight=2, pause=0.02, text=lambda _: "canary-" + "x" * 3900)
            crowd.join(READERS)
            time.sleep(chance.uniform(1, 3))
            begun = time.monotonic()
            os.kill(target.pid, signal.SIGTERM)
            target.wait(ENDS_SECONDS)
            print(f"ended after {time.monotonic() - begun:.1f} s")
            target.start()
            crowd.settle()
        for reader in slow:
            reader.close()
        for journal in crowd.journals:
            # Who comes back while it still stops is told the same.
            assert journal.goodbyes and set(journal.goodbyes) == {1012}


@pytest.mark.row("14", ci=1, long=30, seconds=60, workers=True)
def test_replacing_of_workers_under_load(
    target: Server, anna: Person, trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in trials:
        with Crowd(anna, anna.makes_room()["pk"], seed=chance.randrange(2**32)) as crowd:
            crowd.join(SENDERS, in_flight=2, pause=0.05)
            crowd.join(READERS)
            before = set(target.workers)
            os.kill(target.pid, signal.SIGHUP)
            deadline = time.monotonic() + 50
            while len(now := set(target.workers)) != 2 or before & now:
                assert time.monotonic() < deadline, "the workers were not replaced"
                time.sleep(0.1)
            target.wait_until_whole()
            crowd.settle()
        for journal in crowd.journals:
            assert journal.goodbyes and set(journal.goodbyes) == {1012}


@pytest.mark.timeout(120)
def test_sigterm_while_a_worker_waits_for_its_database(own_stack: Any, target: Server) -> None:
    if own_stack.name != "production":
        pytest.skip("several workers need Redis")
    own_stack.postgres.kill()
    target.kill_worker(target.workers[0])
    time.sleep(4)

    os.kill(target.pid, signal.SIGTERM)

    assert target.wait(ENDS_SECONDS) == 0
