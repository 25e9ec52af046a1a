"""What counts as a gap, and what does not. Two processes in one loop, as in test_hub.py.

Count each read of the log, and a read that finds what an announcement brought meanwhile counts too.
"""

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import REGISTRY

from backend.chat.models import User
from backend.realtime import hub as hubs
from backend.realtime.hub import Hub

from .fakes import Bus, until
from .hubs import say, subscribe


def gaps() -> float:
    return REGISTRY.get_sample_value("parley_gaps_repaired_total") or 0


async def test_dropped_announcement_counts_as_a_gap(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int
) -> None:
    far = subscribe(there, bob, lobby)
    before = gaps()
    bus.drops = True

    await say(bob, lobby, "the last message before silence")

    await until(lambda: far.seqs == [3])
    assert gaps() == before + 1


async def test_delivery_without_loss_counts_no_gap(
    here: Hub, there: Hub, bob: User, lobby: int
) -> None:
    far = subscribe(there, bob, lobby)
    before = gaps()

    await say(bob, lobby, *"34567")

    await until(lambda: far.seqs == [3, 4, 5, 6, 7])
    assert gaps() == before


async def test_announcement_that_comes_while_the_log_is_read_counts_no_gap(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison of heads often finds an event whose announcement is still on its way."""
    read_on, loop = hubs.read_on, asyncio.get_running_loop()
    far = subscribe(there, bob, lobby)
    before = gaps()
    bus.held = []
    reads: list[int] = []

    def slow(room: int, after_seq: int) -> Any:
        found = read_on(room, after_seq)
        if bus.held and not reads:
            reads.append(after_seq)
            loop.call_soon_threadsafe(bus.pass_on, bus.held[0])
            time.sleep(0.2)
        return found

    monkeypatch.setattr(hubs, "read_on", slow)

    await say(bob, lobby, "3")

    await until(lambda: far.seqs == [3] and reads)
    await asyncio.sleep(0.4)
    assert far.seqs == [3]
    assert gaps() == before
