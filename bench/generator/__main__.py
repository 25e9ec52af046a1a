"""Reads one task, does it, prints a line when the measuring begins and one with the result."""

import asyncio
import gc
import json
import os
import signal
import sys
from typing import Any

import msgspec
import uvloop

from bench import machine

from . import crowd, flow, pace, pages, resume
from .task import Task

# Longer than any task; a server that answers nobody ends the measurement, and is no result.
DEADLINE_SECONDS = 600
WORKLOADS = {
    "flow": flow.run,
    "pace": pace.run,
    "crowd": crowd.run,
    "pages": pages.run,
    "resume": resume.run,
}


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def die(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What fails in a callback would only be logged, and the rest would wait for ever."""
    loop.default_exception_handler(context)
    os._exit(1)


async def supervised(task: Task) -> dict[str, Any]:
    asyncio.get_running_loop().set_exception_handler(die)
    return await WORKLOADS[task.workload](task, lambda seconds: say({"for": seconds}))


def main() -> None:
    signal.alarm(DEADLINE_SECONDS)
    machine.allow_many_files()
    # No cycles are made while measuring, and a collection would look like a slow server.
    gc.disable()
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    say(uvloop.run(supervised(task)))


if __name__ == "__main__":
    main()
