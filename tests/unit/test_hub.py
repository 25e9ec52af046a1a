"""Two processes and the log between them, whatever happens to the announcements.

Two hubs in one loop: the first hears of the commits of this process as it does in life; the other
one only through the layer, and from the database. Take the call of `_compare_heads` out of the
tick, and what was dropped never arrives; let `repair` ignore `_repairing`, and one gap is read
often.
"""

import asyncio
import time
from typing import Any

import pytest

from backend.chat import events, waiting
from backend.chat.models import User
from backend.realtime import hub as hubs
from backend.realtime import sweep
from backend.realtime.hub import Hub

from .fakes import Bus, until
from .hubs import TICK, say, subscribe


async def test_event_reaches_the_sockets_of_both_processes(
    here: Hub, there: Hub, bob: User, charlie: User, lobby: int
) -> None:
    near, far = subscribe(here, bob, lobby), subscribe(there, charlie, lobby)

    await say(bob, lobby, "3", "4", "5")

    await until(lambda: near.seqs == far.seqs == [3, 4, 5])
    assert far.told[0]["data"]["text"] == "3"


async def test_dropped_announcement_is_made_up_for_within_a_tick(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int
) -> None:
    near, far = subscribe(here, bob, lobby), subscribe(there, bob, lobby)
    bus.drops = True

    await say(bob, lobby, "the last message before silence")

    await until(lambda: near.seqs == [3], seconds=TICK)
    await until(lambda: far.seqs == [3], seconds=4 * TICK)


async def test_crossing_announcements_arrive_in_order(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "GAP_SECONDS", 60)
    monkeypatch.setattr(sweep, "TICK_SECONDS", 60)
    far = subscribe(there, bob, lobby)
    bus.held = []
    for text in "345":
        await say(bob, lobby, text)
        await asyncio.sleep(0.02)

    for message in [*reversed(bus.held), *bus.held]:
        bus.pass_on(message)

    await until(lambda: len(far.seqs) >= 3)
    await asyncio.sleep(0.05)
    assert far.seqs == [3, 4, 5]


async def test_gap_is_read_from_the_log_once(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "TICK_SECONDS", 60)
    await asyncio.sleep(2 * TICK)  # the ticks begun before are over
    reads: list[int] = []
    read_on = hubs.read_on

    def counted(room: int, after_seq: int) -> Any:
        reads.append(after_seq)
        time.sleep(5 * hubs.GAP_SECONDS)  # meanwhile more announcements find the gap open
        return read_on(room, after_seq)

    monkeypatch.setattr(hubs, "read_on", counted)
    people = [subscribe(there, bob, lobby) for _ in range(3)]
    bus.drops = True
    await say(bob, lobby, "3", "4")
    await asyncio.sleep(0.05)
    bus.drops = False

    for text in "567":
        await say(bob, lobby, text)
        await asyncio.sleep(hubs.GAP_SECONDS)

    await until(lambda: all(person.seqs == [3, 4, 5, 6, 7] for person in people))
    assert reads == [2]


async def test_gap_that_closes_by_itself_is_not_read(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "TICK_SECONDS", 60)
    await asyncio.sleep(2 * TICK)
    monkeypatch.setattr(there, "repair", lambda room: pytest.fail("read the log"))
    far = subscribe(there, bob, lobby)
    bus.held = []
    await say(bob, lobby, "3")
    await asyncio.sleep(0.02)
    await say(bob, lobby, "4")
    await asyncio.sleep(0.02)

    for message in reversed(bus.held):
        bus.pass_on(message)
    await asyncio.sleep(2 * hubs.GAP_SECONDS)

    assert far.seqs == [3, 4]


async def test_more_than_one_read_takes_is_read_on(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.realtime.announcing.READ_AT_ONCE", 2)
    far = subscribe(there, bob, lobby)
    bus.drops = True

    await say(bob, lobby, "3", "4", "5", "6", "7")

    await until(lambda: far.seqs == [3, 4, 5, 6, 7])


async def test_subscription_that_read_less_than_the_room_began_with_gets_the_rest(
    here: Hub, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "TICK_SECONDS", 60)
    await asyncio.sleep(2 * TICK)
    await say(bob, lobby, "3", "4")
    there = subscribe(here, bob, lobby, head_seq=4)

    late = subscribe(here, bob, lobby, head_seq=2)

    await until(lambda: late.seqs == [3, 4], seconds=1)
    assert there.seqs == []


async def test_long_poll_is_woken_without_the_announcement(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int
) -> None:
    bus.drops = True
    events.unlisten(here.publish)
    woken = asyncio.Event()
    try:
        with waiting.waiting_for(lobby, woken.set):
            await asyncio.sleep(1.5 * TICK)
            woken.clear()
            await say(bob, lobby, "news")

            await asyncio.wait_for(woken.wait(), 4 * TICK)
    finally:
        events.listen(here.publish)
