"""Promise 11: a dead worker's people go offline within 45 s, a live one's never, two tabs are one.

In one trial everybody is in the same room: Bob on the server that is killed, Charlie on one that is
frozen for ten seconds, Dora with a tab there and one on the server that is killed, Eve with two
tabs of which she loses one; Alice watches. The embedded default has one process: it is killed and
started again, Alice and Eve come back, and Bob must go all the same. Seen red with a server that
cleans up only when a socket says goodbye.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.contract import Contract
from tests.harness.people import Person
from tests.harness.server import Server
from tests.harness.sockets import Socket, ok

from .conftest import TOKENS, Trials

OFFLINE_SECONDS, FROZEN_SECONDS = 45, 10


@pytest.mark.row("11", ci=2, long=20, seconds=90)
def test_people_of_a_killed_process(
    own_stack: Any,
    target: Server,
    make_server: Callable[..., Server],
    contract: Contract,
    connect: Callable[..., Socket],
    trials: Trials,
    seed: int,
) -> None:
    chance = random.Random(seed)
    several = own_stack.name == "production"
    dying = make_server(stack=own_stack, beside=target if several else None, **TOKENS)
    watching = target if several else dying
    frozen = make_server(stack=own_stack, beside=target, **TOKENS) if several else None
    alice, bob, charlie, dora, eve = (
        Person(watching, contract, name) for name in ("alice", "bob", "charlie", "dora", "eve")
    )
    for _ in trials:
        room = alice.makes_room()["pk"]
        joined(connect, bob, dying, room)
        staying = {alice.pk, eve.pk}
        if frozen:
            joined(connect, charlie, frozen, room)
            joined(connect, dora, dying, room)
            joined(connect, dora, frozen, room)
            staying |= {charlie.pk, dora.pk}
        time.sleep(chance.uniform(0, 5))

        dying.kill()
        begun = time.monotonic()
        if frozen:
            os.kill(frozen.pid, signal.SIGSTOP)
        else:
            dying.start()
        watcher, *tabs = (joined(connect, who, watching, room) for who in (alice, eve, eve))
        tabs[0].ws.socket.close()
        seen, gone = [online(alice, room)], left(watcher)
        while bob.pk in seen[-1] or not gone:
            assert time.monotonic() - begun < OFFLINE_SECONDS, "Bob is still there"
            if frozen and time.monotonic() - begun > FROZEN_SECONDS:
                os.kill(frozen.pid, signal.SIGCONT)
            time.sleep(0.5)
            seen.append(online(alice, room))
            gone |= left(watcher)
        print(f"offline after {time.monotonic() - begun:.0f} s")
        assert [staying - those for those in seen] == [set()] * len(seen)
        assert gone == {bob.pk}
        if frozen:
            dying.start()
    for server in filter(None, (dying, frozen)):
        server.stop()


def joined(connect: Callable[..., Socket], person: Person, server: Server, room: int) -> Socket:
    socket = connect(person, url=server.socket_url)
    ok(socket.request("join_room", pk=room))
    return socket


def online(person: Person, room: int) -> set[int]:
    return {user["pk"] for user in person.gets(f"/api/rooms/{room}/online/")["users"]}


def left(watcher: Socket) -> set[int]:
    """Of whom the watcher was told that they went."""
    frames = [frame for frame in watcher.settle() if frame["action"] == "presence"]
    return {user["pk"] for frame in frames for user in frame["data"]["left"]}
