"""Promise 1: an acknowledged message is never lost, though the process is killed.

Seen red with a server that acknowledges 20 ms before its commit.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.harness.contract import Contract
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import dial

TRIALS = int(os.environ.get("TRIALS") or 4)
SENDERS, PIPELINED = 8, 5  # in flight at any moment: at least 20 of these


class Sender(threading.Thread):
    """Sends over a socket of its own, always some in flight, until the server is gone."""

    def __init__(self, person: Person, room: int, name: str) -> None:
        super().__init__(name=name)
        self.ws = dial(person.server.socket_url, [("token", person.access)])
        assert json.loads(self.ws.recv(5))["action"] == "hello"
        self.room = room
        self.sent: dict[str, str] = {}
        self.acknowledged: dict[str, int] = {}

    def send_one(self) -> None:
        client_id, text = f"{self.name}:{len(self.sent)}", canary()
        self.sent[client_id] = text
        frame = {"action": "create_message", "pk": self.room, "message": text}
        self.ws.send(json.dumps({**frame, "client_id": client_id, "request_id": client_id}))

    def run(self) -> None:
        try:
            for _ in range(PIPELINED):
                self.send_one()
            while True:
                reply = json.loads(self.ws.recv(20))
                if reply.get("request_id") in self.sent:
                    assert reply["response_status"] == 201, reply
                    self.acknowledged[reply["request_id"]] = reply["data"]["seq"]
                    self.send_one()
        except ConnectionClosed:
            return


@pytest.mark.timeout(30 + 20 * TRIALS)
def test_kill_loses_no_acknowledged_message(
    make_server: Callable[..., Server], contract: Contract, seed: int
) -> None:
    chance = random.Random(seed)
    server = make_server(ACCESS_TOKEN_SECONDS="3600")
    person = Person(server, contract, "kim")
    room = person.makes_room()["pk"]
    acknowledged: dict[str, int] = {}
    sent: dict[str, str] = {}

    for trial in range(TRIALS):
        senders = [Sender(person, room, f"{trial}.{number}") for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(chance.uniform(0.2, 1))
        server.kill()
        for sender in senders:
            sender.join(20)
            assert not sender.is_alive()
            acknowledged |= sender.acknowledged
            sent |= sender.sent
        assert acknowledged, "nothing was acknowledged before the kill"
        server.start()

    stored = {message["client_id"]: message for message in history(person, room)}
    for client_id, seq in acknowledged.items():
        assert stored[client_id]["seq"] == seq
    # What was sent without an answer is there once or not at all, and as it was sent.
    assert {client_id: message["text"] for client_id, message in stored.items()}.items() <= (
        sent.items()
    )
    seqs = [event["seq"] for event in person.log(room)]
    assert seqs == list(range(1, len(seqs) + 1))
    print(f"{TRIALS} kills, {len(sent)} sent, {len(acknowledged)} acknowledged, 0 lost")


def history(person: Person, room: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    after, more = 0, True
    while more:
        query = {"after_seq": after, "limit": 200}
        page = person.gets(f"/api/rooms/{room}/messages/", params=query)
        messages += page["results"]
        more = page["has_after"]
        after = messages[-1]["seq"] if messages else after
    assert len({message["client_id"] for message in messages}) == len(messages)
    return messages
