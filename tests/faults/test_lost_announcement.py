"""Promise 6: the last message before a silence arrives though its announcement is lost.

Two servers share a database but not a Redis: each hears itself and nothing of the other. Seen red
with a hub that does not compare heads.
"""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.sockets import Socket, subscribe

from .conftest import TOKENS, Trials

pytestmark = pytest.mark.timed

ARRIVES_SECONDS = 2.5


@pytest.mark.row("6", ci=5, long=200, seconds=5, workers=True)
def test_last_message_before_silence(
    own_stack: Any,
    target: Server,
    anna: Person,
    make_server: Callable[..., Server],
    connect: Callable[..., Socket],
    trials: Trials,
    seed: int,
) -> None:
    chance = random.Random(seed)
    _, url = own_stack.start_redis()
    other = make_server(stack=own_stack, beside=target, redis_url=url, **TOKENS)
    room = anna.makes_room()["pk"]
    socket = connect(anna, url=other.socket_url)
    subscribe(socket, room)
    slowest = 0.0
    for _ in trials:
        time.sleep(chance.uniform(0, 1))
        seq = anna.posts(room, canary())["seq"]
        begun = time.monotonic()
        assert socket.event(timeout=ARRIVES_SECONDS, event="message.created")["seq"] == seq
        slowest = max(slowest, time.monotonic() - begun)
    print(f"{trials.count} messages, the slowest after {slowest:.2f} s")
    other.stop()
