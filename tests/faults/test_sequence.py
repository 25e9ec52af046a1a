"""Promises 2 and 3: a room's seq is 1..n, and a subscriber gets each once, in order.

In CI a run has 500 messages, in `make faults` 2,000. Seen red with a server where a repeated send
takes a seq of its own, and with one that skips the announcement of every 37th event.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.crowd import Crowd
from tests.harness.people import Client, Person, canary, unique
from tests.harness.server import Server
from tests.harness.sockets import Socket

from .conftest import LONG, Trials

pytestmark = pytest.mark.timed

WRITERS = 25  # so many at either door
EACH = 40 if LONG else 10
READERS = 50


@pytest.mark.row("2", ci=2, long=50, seconds=60)
def test_fifty_writers_over_both_doors(
    target: Server, anna: Person, connect: Callable[..., Socket], trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    sockets = [connect(anna) for _ in range(WRITERS)]
    for _ in trials:
        room = anna.makes_room()["pk"]
        start = threading.Barrier(2 * WRITERS)
        with (
            Crowd(anna, room, seed=chance.randrange(2**32)) as crowd,
            ThreadPoolExecutor(2 * WRITERS) as pool,
        ):
            crowd.join(READERS)
            rest = [RestDoor(anna, room) for _ in range(WRITERS)]
            doors: list[RestDoor | SocketDoor] = [
                *rest,
                *(SocketDoor(socket, room) for socket in sockets),
            ]
            writers = [
                pool.submit(write, door, random.Random(chance.random()), start) for door in doors
            ]
            acknowledged = [writer.result() for writer in writers]
            for door in rest:
                door.client.close()

            head = 1 + 2 * WRITERS * EACH
            assert sorted(seq for seqs in acknowledged for seq in seqs) == list(range(2, head + 1))
            assert all(seqs == sorted(seqs) for seqs in acknowledged)
            log = crowd.catch_up(20)
            assert [event["seq"] for event in log] == list(range(1, head + 1))
            for journal in crowd.journals:
                assert [one.seq for one in journal.received] == list(range(1, head + 1))


class RestDoor:
    def __init__(self, person: Person, room: int) -> None:
        self.client = Client(person.server, person.contract, person.access)
        self._path = f"/api/rooms/{room}/messages/"

    def send(self, text: str, client_id: str) -> tuple[int, Any]:
        answer = self.client.post(self._path, json={"text": text, "client_id": client_id})
        return answer.status_code, answer.json().get("seq")


class SocketDoor:
    """Asks again on 503, as `Client` does: what was refused must not have been stored."""

    def __init__(self, socket: Socket, room: int) -> None:
        self._socket, self._room = socket, room

    def send(self, text: str, client_id: str) -> tuple[int, Any]:
        fields = {"pk": self._room, "message": text, "client_id": client_id}
        reply = self._socket.request("create_message", timeout=30, **fields)
        while reply["response_status"] == 503:
            time.sleep(reply["errors"][0]["retry_after_ms"] / 1000)
            reply = self._socket.request("create_message", timeout=30, **fields)
        return reply["response_status"], (reply["data"] or {}).get("seq")


def write(
    door: RestDoor | SocketDoor, chance: random.Random, start: threading.Barrier
) -> list[int]:
    """Messages, with what must fail and what must change nothing between them."""
    seqs: list[int] = []
    start.wait(30)
    for _ in range(EACH):
        text, client_id = canary(), unique("c")
        if chance.random() < 0.3:
            assert door.send(chance.choice([" ", "x" * 4001]), client_id)[0] == 400
        status, seq = door.send(text, client_id)
        assert status == 201
        seqs.append(seq)
        if chance.random() < 0.3:
            assert door.send(text, client_id) == (200, seq)
            assert door.send("other", client_id)[0] == 409
    return seqs
