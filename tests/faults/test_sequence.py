"""Promises 2 and 3: a room's seq is 1..n, and a subscriber gets each once, in order.

Seen red with a server where a repeated send takes a seq of its own, and with one that skips the
announcement of every 37th event.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.people import Client, People, canary, unique
from tests.harness.sockets import Socket

WRITERS, EACH = 25, 10  # so many at either door


@pytest.mark.timeout(120)
def test_fifty_writers_over_both_doors_leave_no_hole(
    people: People, room: int, connect: Callable[..., Socket], seed: int
) -> None:
    subscriber = connect(people.charlie)
    subscriber.request("subscribe_to_messages_in_room", pk=room)
    sockets = [connect([people.alice, people.bob][n % 2]) for n in range(WRITERS)]
    start = threading.Barrier(2 * WRITERS)

    def by_rest(number: int) -> list[int]:
        person, chance = [people.alice, people.bob][number % 2], random.Random(seed + number)
        client = Client(person.server, person.contract, person.access)
        path, seqs = f"/api/rooms/{room}/messages/", []
        start.wait(30)
        for _ in range(EACH):
            body = {"text": canary(), "client_id": unique("c")}
            if chance.random() < 0.3:
                assert client.post(path, json={"text": " "}).status_code == 400
            answer = client.post(path, json=body)
            assert answer.status_code == 201, answer.text
            seqs.append(answer.json()["seq"])
            if chance.random() < 0.3:
                assert client.post(path, json=body).status_code == 200
                assert client.post(path, json={**body, "text": "other"}).status_code == 409
        client.close()
        return seqs

    def by_socket(number: int) -> list[int]:
        socket, chance, seqs = sockets[number], random.Random(seed - number), []
        start.wait(30)
        for _ in range(EACH):
            fields: dict[str, Any] = {"pk": room, "message": canary(), "client_id": unique("c")}
            if chance.random() < 0.3:
                bad = {**fields, "message": "x" * 4001}
                assert socket.request("create_message", **bad)["response_status"] == 400
            reply = socket.request("create_message", timeout=30, **fields)
            assert reply["response_status"] == 201, reply
            seqs.append(reply["data"]["seq"])
            if chance.random() < 0.3:
                again = socket.request("create_message", timeout=30, **fields)
                other = {**fields, "message": "other"}
                assert again["response_status"] == 200
                assert socket.request("create_message", **other)["response_status"] == 409
        return seqs

    with ThreadPoolExecutor(2 * WRITERS) as pool:
        writers = [pool.submit(door, n) for door in (by_rest, by_socket) for n in range(WRITERS)]
        acknowledged = [writer.result() for writer in writers]

    head = 2 + 2 * WRITERS * EACH
    assert sorted(seq for seqs in acknowledged for seq in seqs) == list(range(3, head + 1))
    assert all(seqs == sorted(seqs) for seqs in acknowledged)
    assert [event["seq"] for event in people.alice.log(room)] == list(range(1, head + 1))
    frames = subscriber.events(head - 2, timeout=15)
    assert [frame["seq"] for frame in frames] == list(range(3, head + 1))
    assert subscriber.settle() == []
