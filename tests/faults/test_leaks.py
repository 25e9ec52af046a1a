"""Promise 15: connecting, joining, sending and dropping leave nothing behind.

One trial is one such cycle, in one of fifty rooms; every second socket is dropped without a
goodbye. Seen red with a hub that keeps the feeds of rooms nobody is in.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
import redis

from tests.harness import processes
from tests.harness.contract import Contract
from tests.harness.people import Person, canary
from tests.harness.server import Server
from tests.harness.simulated import Line, dial
from tests.harness.sockets import Socket

from .conftest import LONG, TOKENS, Trials

TOGETHER, ROOMS, MISSED = 10, 50, 20
# For what is made once and kept: arenas of the allocator, connections, and what SQLite keeps of its
# file in memory (up to 2 MB for each thread), which is full when the file is as large as that.
WARM_UP_CYCLES = 2_000 if LONG else 100
# A lost socket counts as present for 15 s.
SETTLE_SECONDS = 30
MEMORY_MIB = 12


@pytest.mark.row("15", ci=500, long=20_000, seconds=0.3)
def test_cycles_leave_nothing_behind(
    own_stack: Any,
    make_server: Callable[..., Server],
    contract: Contract,
    connect: Callable[..., Socket],
    trials: Trials,
    seed: int,
) -> None:
    chance = random.Random(seed)
    server = make_server(stack=own_stack, **TOKENS)
    lea = Person(server, contract, "lea")
    rooms = [lea.makes_room()["pk"] for _ in range(ROOMS)]
    connect(lea, url=server.socket_url)  # stays; the last socket that was looked at is remembered
    before = held(server, own_stack)
    asyncio.run(cycles(lea, rooms, chance, range(WARM_UP_CYCLES)))
    memory = processes.rss_mib(server.pid)

    asyncio.run(cycles(lea, rooms, chance, trials))

    deadline = time.monotonic() + SETTLE_SECONDS
    while left := {k: v for k, v in held(server, own_stack).items() if v > before.get(k, 0)}:
        assert time.monotonic() < deadline, left
        time.sleep(1)
    grown = processes.rss_mib(server.pid) - memory
    print(f"memory grew by {grown:.1f} MiB")
    assert grown <= MEMORY_MIB
    server.stop()


async def cycles(person: Person, rooms: list[int], chance: random.Random, numbers: Any) -> None:
    """`TOGETHER` at a time."""
    waiting = iter(numbers)

    async def some() -> None:
        for _ in waiting:
            await cycle(person, chance.choice(rooms), rudely=chance.random() < 0.5)

    await asyncio.gather(*(some() for _ in range(TOGETHER)))


async def cycle(person: Person, room: int, *, rudely: bool) -> None:
    ws = await dial(person.server.socket_url, person.access)
    line = Line(ws, lambda frame: None)
    reading = asyncio.create_task(line.read_for_ever())
    subscribed = await done(line, "subscribe_to_messages_in_room", pk=room)
    # Not from the beginning: the rooms grow, and what it takes to read them would too.
    missed = max(0, subscribed["head_seq"] - MISSED)
    await done(line, "subscribe_to_messages_in_room", pk=room, after_seq=missed)
    await done(line, "subscribe_instance", pk=room)
    await done(line, "subscribe_to_inbox")
    await done(line, "join_room", pk=room)
    await done(line, "typing", pk=room, typing=True)
    await done(line, "create_message", message=canary())
    reading.cancel()
    if rudely:
        ws.transport.abort()
    else:
        await ws.close()


async def done(line: Line, action: str, **fields: Any) -> Any:
    """Its data; what is unavailable is asked for again, as a client should."""
    reply = await line.request(action, **fields)
    if reply["response_status"] == 503:
        await asyncio.sleep(reply["errors"][0]["retry_after_ms"] / 1000)
        return await done(line, action, **fields)
    assert not reply["errors"], reply
    return reply["data"]


def held(server: Server, stack: Any) -> dict[str, float]:
    answer = httpx.get(f"{server.url}/inside/", trust_env=False, timeout=30)
    assert answer.status_code == 200, answer.text
    return {
        **answer.json(),
        # Some come and go: of the pool, of the database's files, of this very request.
        "descriptors over 60": max(0, processes.descriptors(server.pid) - 60),
        **of_stores(server, stack),
    }


def of_stores(server: Server, stack: Any) -> dict[str, float]:
    if stack.name == "embedded":
        return {}
    store = redis.Redis.from_url(stack.redis_url)
    with psycopg.connect(server.database_url) as connection:
        sessions = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        ).fetchone()
    return {
        "keys of Redis": store.dbsize(),
        "channels of Redis": len(store.pubsub_channels()),
        "clients of Redis": store.info("clients")["connected_clients"],
        "connections of PostgreSQL over 16": max(0, (sessions or [0])[0] - 1 - 16),
    }
