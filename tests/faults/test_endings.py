"""Promise 10: leaving, kick, ban, deactivation, logout, expiry and a new password stop delivery.

Within 2 s, also with Redis away. One trial is one person whose right ends, in one of the seven
ways, under a stream of messages; seven of them go at once. Seen red with a kick that does not end
the subscription.
"""

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from deploy.processes import wait_until
from tests.harness.contract import Contract
from tests.harness.crowd import Crowd
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import dial
from tests.harness.tokens import forged

from .conftest import Trials

pytestmark = pytest.mark.timed

STOPS_SECONDS, WATCHED_SECONDS = 2.0, 2.0


def leave(owner: Person, person: Person, room: int) -> None:
    person.leaves(room)


def kick(owner: Person, person: Person, room: int) -> None:
    path = f"/api/rooms/{room}/members/{person.pk}/"
    assert owner.api.delete(path).status_code == 204


def ban(owner: Person, person: Person, room: int) -> None:
    path = f"/api/rooms/{room}/members/{person.pk}/?ban=true"
    assert owner.api.delete(path).status_code == 204


def deactivate(owner: Person, person: Person, room: int) -> None:
    answer = person.api.request("DELETE", "/api/me/", json={"password": person.password})
    assert answer.status_code == 204


def log_out(owner: Person, person: Person, room: int) -> None:
    answer = person.api.post("/api/auth/logout/", json={"refresh": person.refresh})
    assert answer.status_code == 204


def change_password(owner: Person, person: Person, room: int) -> None:
    """In another session than the one that listens."""
    listening = person.access
    person.login()
    body = {"old_password": person.password, "new_password": canary("password")}
    assert person.api.post("/api/auth/password/", json=body).status_code == 200
    person.access, person.password = listening, body["new_password"]


def expire(owner: Person, person: Person, room: int) -> None:
    """Nothing to do: its token was forged to end soon."""


WAYS: list[Callable[[Person, Person, int], None]] = [
    leave,
    kick,
    ban,
    deactivate,
    log_out,
    change_password,
    expire,
]


@pytest.mark.row("10", ci=14, long=210, seconds=5)
def test_delivery_stops(
    own_stack: Any, target: Server, anna: Person, contract: Contract, trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    for number in trials:
        if number % len(WAYS):
            continue
        without_redis = own_stack.name == "production" and (number // len(WAYS)) % 2
        if without_redis:
            own_stack.redis.freeze()
        end_all(target, anna, contract, chance)
        own_stack.heal()


class Listener(threading.Thread):
    """Notes when it heard of the room. Once its socket has ended, it does not come back."""

    def __init__(self, server: Server, token: str, room: int) -> None:
        super().__init__(daemon=True)
        self.heard: list[float] = []
        self._ws = dial(server.socket_url, [("token", token)])
        subscribe = {"action": "subscribe_to_messages_in_room", "pk": room, "request_id": 1}
        self._ws.send(json.dumps(subscribe))
        self.start()

    def run(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                if "event" in json.loads(self._ws.recv()):
                    self.heard.append(time.monotonic())

    def close(self) -> None:
        self._ws.close()
        self.join(5)


def end_all(target: Server, owner: Person, contract: Contract, chance: random.Random) -> None:
    room = owner.makes_room(kind="private")["pk"]
    people = [Person(target, contract, "mara") for _ in WAYS]
    for person in people:
        added = owner.api.post(f"/api/rooms/{room}/members/", json={"username": person.username})
        assert added.status_code == 201
    with Crowd(owner, room, seed=chance.randrange(2**32)) as stream:
        stream.join(2, in_flight=1, pause=0.05)
        expires = int(time.time()) + 8
        listening = {}
        for person, way in zip(people, WAYS, strict=True):
            token = forged(person.access, exp=expires) if way is expire else person.access
            listening[way] = Listener(target, token, room)
        everyone = list(listening.values())
        # Without Redis, what the other worker accepts takes up to 2.5 s.
        wait_until(lambda: all(one.heard for one in everyone), "delivery to everyone", seconds=5)
        ended = {}
        for person, way in zip(people, WAYS, strict=True):
            way(owner, person, room)
            ended[way] = time.monotonic() + (expires - time.time() if way is expire else 0)
        time.sleep(max(ended.values()) + STOPS_SECONDS + WATCHED_SECONDS - time.monotonic())
        for way, listener in listening.items():
            listener.close()
            assert listener.heard, f"{way.__name__}: nothing came before"
            late = listener.heard[-1] - ended[way]
            assert late <= STOPS_SECONDS, f"{way.__name__}: still heard after {late:.1f} s"
        stream.settle()
