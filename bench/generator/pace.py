"""A steady conversation: how long a message takes to those who listen."""

import asyncio
import signal
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .connecting import connect
from .sockets import Listener, Room, Sender, settle
from .task import Task

WARMUP_MESSAGES = 10


async def run(task: Task, measuring: Callable[[float], None]) -> dict[str, Any]:
    wanted = task.rooms[0]
    room = Room(wanted.pk)
    sender = Sender(room, task.dialect)
    listeners = [Listener(room, task.dialect, sender) for _ in wanted.members[1:]]
    everybody = zip([sender, *listeners], wanted.members, strict=True)
    await connect(
        ((one, task.token(person)) for one, person in everybody),
        dialect=task.dialect,
        port=task.port,
    )
    told_to_stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_stop.set)
    await asyncio.sleep(1.5)
    rate, count = task.options["rate"], round(task.options["seconds"] * task.options["rate"])
    await speak(sender, WARMUP_MESSAGES, rate, told_to_stop)
    for listener in listeners:
        listener.delays.clear()
    meter = task.meter()
    measuring(task.options["seconds"])
    await speak(sender, count, rate, told_to_stop)
    used = meter.stop()
    left = await settle([room], {room.pk: sender.sent})
    delays = [pair for listener in listeners for pair in listener.delays]
    each = {"each": delays} if task.options.get("each") else {}
    return {**used, **left, **quantiles([delay for _, delay in delays]), **each}


async def speak(sender: Sender, count: int, rate: float, told_to_stop: asyncio.Event) -> None:
    """Post `count` messages, `rate` a second, whatever becomes of them; wait out the last one."""
    begun = perf_counter()
    for number in range(count):
        await asyncio.sleep(begun + number / rate - perf_counter())
        if told_to_stop.is_set():
            return
        sender.send()
    await asyncio.sleep(begun + count / rate - perf_counter())


def quantiles(delays: list[float]) -> dict[str, float]:
    ordered = sorted(delays)
    return {
        "samples": len(ordered),
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[len(ordered) * 99 // 100],
    }
