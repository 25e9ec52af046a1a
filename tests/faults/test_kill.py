"""Promises 1 and 3: an acknowledged message is never lost, though processes are killed.

And whoever reads on gets every event once, in order. Seen red with a server that acknowledges 20 ms
before its commit, with workers that outlive their supervisor, and with some whose start fails
without their database.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.harness.crowd import Crowd
from tests.harness.people import Person
from tests.harness.server import Server

from .conftest import Trials

SENDERS, IN_FLIGHT, READERS = 6, 5, 4


@contextmanager
def busy_room(anna: Person, chance: random.Random) -> Iterator[None]:
    """A room at a random moment; in the end everybody has what the history has."""
    with Crowd(anna, anna.makes_room()["pk"], seed=chance.randrange(2**32)) as crowd:
        crowd.join(SENDERS, in_flight=IN_FLIGHT)
        crowd.join(READERS)
        time.sleep(chance.uniform(0, 0.7))
        yield
        crowd.settle()


@pytest.mark.row("1", ci=10, long=300)
def test_kill_of_a_worker(target: Server, anna: Person, trials: Trials, seed: int) -> None:
    chance = random.Random(seed)
    for _ in trials:
        with busy_room(anna, chance):
            victim = chance.choice(target.workers)
            if victim == target.pid:  # the only one, which nobody replaces
                target.kill()
                target.start()
            else:
                os.kill(victim, signal.SIGKILL)
                time.sleep(chance.uniform(0, 0.5))


@pytest.mark.row("1a", ci=2, long=50, workers=True)
def test_kill_of_the_supervisor(target: Server, anna: Person, trials: Trials, seed: int) -> None:
    """The process that starts the workers: they end with it, so that the address is free."""
    chance = random.Random(seed)
    for _ in trials:
        before = target.workers
        with busy_room(anna, chance):
            os.kill(target.pid, signal.SIGKILL)
            target.wait(5)
            target.start()
        assert len(target.workers) == 2 and not {*target.workers} & {*before}


@pytest.mark.row("1b", ci=2, long=50, workers=True)
def test_kill_of_postgresql(own_stack: Any, anna: Person, trials: Trials, seed: int) -> None:
    chance = random.Random(seed)
    for _ in trials:
        with busy_room(anna, chance):
            own_stack.postgres.kill()
            time.sleep(chance.uniform(0, 0.5))
            own_stack.postgres.start()


@pytest.mark.row("1c", ci=1, long=30, workers=True, seconds=30)
def test_start_of_a_worker_without_postgresql(
    own_stack: Any, target: Server, anna: Person, trials: Trials, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in trials:
        before = set(target.workers)
        with busy_room(anna, chance):
            own_stack.postgres.kill()
            target.kill_worker(chance.choice([*before]))
            time.sleep(chance.uniform(1, 5))
            own_stack.postgres.start()
        target.wait_until_whole()
        # The one that lived is still there, and the other has waited: none was started after it.
        assert len(set(target.workers) & before) == 1
