"""Thousands come, join, subscribe and stay: what one costs to let in, and to keep."""

import asyncio
from collections.abc import Callable
from typing import Any

from bench import machine

from .connecting import connect
from .sockets import Room, Subscriber, settle
from .task import Task

# What is allocated once, whoever comes first, is no socket's share.
FIRST = 100
SETTLE_SECONDS = 3.0


async def run(task: Task, measuring: Callable[[float], None]) -> dict[str, Any]:
    rooms = [Room(wanted.pk) for wanted in task.rooms]
    everybody = [
        (Subscriber(room, task.dialect), task.token(person))
        for room, wanted in zip(rooms, task.rooms, strict=True)
        for person in wanted.members
    ]
    await connect(everybody[:FIRST], dialect=task.dialect, port=task.port)
    await asyncio.sleep(SETTLE_SECONDS)
    before = machine.rss_kib(task.server_pids)
    meter = task.meter()
    measuring(len(everybody) / 500)
    await connect(everybody[FIRST:], dialect=task.dialect, port=task.port)
    used = meter.stop()
    await asyncio.sleep(SETTLE_SECONDS)
    after = machine.rss_kib(task.server_pids)
    left = await settle(rooms, dict.fromkeys((room.pk for room in rooms), 0))
    return {**used, **left, "sockets": len(everybody) - FIRST, "kib": after - before}
