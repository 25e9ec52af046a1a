"""Promise 5: every subscriber reaches the head, each event once and in order, whatever is broken.

Each fault comes at a random moment under load, which goes on. Seen red with a server whose hub does
not compare heads, where an announcement that was lost with Redis is the last one.

An expired group membership has no test of its own: groups of the pub/sub layer do not expire. They
are lost with the connection, which `pubsub-killed` kills, or with Redis.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from tests.harness.contract import Contract
from tests.harness.crowd import Crowd
from tests.harness.people import Person
from tests.harness.proxy import Proxy
from tests.harness.server import Server
from tests.harness.stack import Store

from .conftest import TOKENS, Trials

pytestmark = pytest.mark.timed

FROZEN_SECONDS = 10
WRITERS, READERS = 6, 12

Break = Callable[[Any, Server, random.Random], None]


def redis_killed_and_emptied(stack: Any, target: Server, chance: random.Random) -> None:
    stack.redis.kill()
    time.sleep(chance.uniform(0, 2))
    stack.redis.start()


def redis_frozen(stack: Any, target: Server, chance: random.Random) -> None:
    _freeze(stack.redis)


def pubsub_killed(stack: Any, target: Server, chance: random.Random) -> None:
    redis.Redis.from_url(stack.redis_url).execute_command("CLIENT", "KILL", "TYPE", "pubsub")


def flushed(stack: Any, target: Server, chance: random.Random) -> None:
    redis.Redis.from_url(stack.redis_url).flushall()


def postgresql_restarted(stack: Any, target: Server, chance: random.Random) -> None:
    stack.postgres.stop()
    time.sleep(chance.uniform(0, 1))
    stack.postgres.start()


def postgresql_frozen(stack: Any, target: Server, chance: random.Random) -> None:
    _freeze(stack.postgres)


def _freeze(store: Store) -> None:
    store.freeze()
    time.sleep(FROZEN_SECONDS)
    store.thaw()


def worker_frozen(stack: Any, target: Server, chance: random.Random) -> None:
    victim = chance.choice(target.workers)
    os.kill(victim, signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    os.kill(victim, signal.SIGCONT)


def goes_on_through(
    break_: Break, stack: Any, target: Server, person: Person, chance: random.Random
) -> None:
    """Load, the fault, load; then everybody is at the head, without a hole."""
    with Crowd(person, person.makes_room()["pk"], seed=chance.randrange(2**32)) as crowd:
        crowd.join(WRITERS, in_flight=2, pause=0.1)
        crowd.join(READERS)
        time.sleep(chance.uniform(0.2, 1))
        break_(stack, target, chance)
        time.sleep(1)
        crowd.settle()


@pytest.mark.row("5", ci=1, long=30, workers=True)
@pytest.mark.parametrize(
    "fault",
    [
        redis_killed_and_emptied,
        redis_frozen,
        pubsub_killed,
        flushed,
        postgresql_restarted,
        postgresql_frozen,
    ],
    ids=lambda fault: fault.__name__.replace("_", "-"),
)
def test_interruption_of_a_store(
    fault: Break, own_stack: Any, target: Server, anna: Person, trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in trials:
        goes_on_through(fault, own_stack, target, anna, chance)


@pytest.mark.row("5", ci=1, long=30, seconds=40)
def test_interruption_of_a_worker(
    own_stack: Any, target: Server, anna: Person, trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in trials:
        before = target.workers
        goes_on_through(worker_frozen, own_stack, target, anna, chance)
        assert target.workers == before, "the frozen worker was replaced"


@pytest.mark.row("5", ci=1, long=30, workers=True, seconds=40)
def test_interruption_of_the_way_to_redis(
    own_stack: Any,
    target: Server,
    make_server: Callable[..., Server],
    contract: Contract,
    trials: Trials,
    seed: int,
) -> None:
    """One of two servers loses Redis, and nobody tells it: no reset, no answer."""
    chance = random.Random(seed)
    redis_port = int(own_stack.redis_url.rpartition(":")[2].partition("/")[0])
    with Proxy(redis_port).running() as proxy:
        url = f"redis://127.0.0.1:{proxy.port}/0"
        cut = make_server(stack=own_stack, beside=target, redis_url=url, **TOKENS)
        person = Person(target, contract, "ines")
        for _ in trials:
            with Crowd(person, person.makes_room()["pk"], seed=chance.randrange(2**32)) as crowd:
                crowd.join(WRITERS, in_flight=1, pause=0.1)
                crowd.join(READERS, url=cut.socket_url)
                time.sleep(chance.uniform(0.2, 1))
                proxy.silence()
                time.sleep(4)
                crowd.settle(5)
        cut.stop()
