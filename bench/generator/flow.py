"""As much as goes: in every room one sender keeps so many messages outstanding."""

import asyncio
from collections.abc import Callable
from typing import Any

from .connecting import connect
from .sockets import Room, Sender, Subscriber, settle
from .task import Task


async def run(task: Task, measuring: Callable[[float], None]) -> dict[str, Any]:
    rooms, senders = list[Room](), list[Sender]()
    subscribers = list[tuple[Subscriber, str]]()
    for wanted in task.rooms:
        room = Room(wanted.pk)
        rooms.append(room)
        senders.append(Sender(room, task.dialect))
        subscribers.append((senders[-1], task.token(wanted.members[0])))
        for person in wanted.members[1:]:
            subscribers.append((Subscriber(room, task.dialect), task.token(person)))
    await connect(subscribers, dialect=task.dialect, port=task.port)

    def counts() -> tuple[int, int]:
        deliveries = sum(one.received - one.lost - one.altered for one, _ in subscribers)
        return deliveries, sum(sender.accepted for sender in senders)

    # The last joins are still being told to the room, once a second.
    await asyncio.sleep(1.5)
    for sender in senders:
        sender.start(task.options["outstanding"])
    await asyncio.sleep(task.options["warmup"])
    meter, before = task.meter(), counts()
    measuring(task.options["seconds"])
    meter.restart()
    await asyncio.sleep(task.options["seconds"])
    used, after = meter.stop(), counts()
    for sender in senders:
        sender.stop()
    left = await settle(rooms, {sender.room.pk: sender.sent for sender in senders})
    return {
        **used,
        **left,
        "deliveries": after[0] - before[0],
        "accepted": after[1] - before[1],
        "bytes": len(next((frame for frame in reversed(rooms[0].frames) if frame), b"")),
    }
