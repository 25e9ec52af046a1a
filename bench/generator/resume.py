"""Everybody comes back at once with a hundred missed events each, while others go on talking."""

import asyncio
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import msgspec

from .connecting import connect
from .pace import quantiles
from .sockets import Room, Sender, Subscriber, settle
from .task import Task

LONGEST_SECONDS = 400


async def run(task: Task, measuring: Callable[[float], None]) -> dict[str, Any]:
    """The first room's people come back; the second room's are the bystanders."""
    wanted, bystanders = task.rooms
    room = Room(wanted.pk)
    people = [task.token(person) for person in wanted.members]
    author, *present = [
        Sender(room, task.dialect),
        *(Subscriber(room, task.dialect) for _ in people[1:]),
    ]
    await connect(
        zip([author, *present], people, strict=True), dialect=task.dialect, port=task.port
    )
    head = author.head_seq
    for gone in present:
        assert gone.transport is not None
        gone.transport.disconnect()
    room.subscribers = [author]
    for _ in range(task.options["missed"]):
        author.send()
    await settle([room], {room.pk: author.sent})

    watching = await _watch(task, bystanders)
    await asyncio.sleep(task.options["calm"])
    back = [Subscriber(room, task.dialect, after_seq=head) for _ in present]
    meter, begun = task.meter(), perf_counter()
    measuring(5)
    await connect(
        zip(back, people[1:], strict=True), dialect=task.dialect, port=task.port, at_once=len(back)
    )
    left = await settle([room], {room.pk: author.sent}, seconds=60)
    used, ended = meter.stop(), perf_counter()
    delays = await _watched(watching)
    before = [delay for at, delay in delays if at < begun]
    during = [delay for at, delay in delays if begun <= at <= ended]
    return {
        **used,
        **left,
        "resumed": len(back),
        "calm_p99_ms": quantiles(before)["p99_ms"],
        **quantiles(during),
    }


async def _watch(task: Task, room: Any) -> asyncio.subprocess.Process:
    """The bystanders have a process of their own: ours will be busy when it matters."""
    options = {"rate": task.options["rate"], "seconds": LONGEST_SECONDS, "each": True}
    other = msgspec.structs.replace(task, workload="pace", rooms=[room], options=options)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.generator",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    assert process.stdin and process.stdout
    process.stdin.write(msgspec.json.encode(other))
    process.stdin.close()
    await process.stdout.readline()  # it measures from now on
    return process


async def _watched(process: asyncio.subprocess.Process) -> list[tuple[float, float]]:
    assert process.stdout
    process.terminate()
    return msgspec.json.decode(await process.stdout.readline())["each"]
