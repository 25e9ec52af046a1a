"""The way out of the process: offering never waits, and a slow reader is noticed.

Await the socket in `offer`, or take the limits out, and the slow reader holds the hub or fills
the memory.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.realtime import outbox as outboxes
from backend.realtime.outbox import Outbox

from .fakes import until


class Socket:
    """What was sent; while `reads` is clear, sending waits."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def __call__(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message.get("text", message.get("code")))


@pytest.fixture
async def socket() -> Socket:
    return Socket()


@pytest.fixture
async def outbox(socket: Socket) -> AsyncIterator[Outbox]:
    made = Outbox(socket)
    sending = asyncio.create_task(made.run())
    yield made
    sending.cancel()


async def test_frames_are_sent_in_order(outbox: Outbox, socket: Socket) -> None:
    for frame in "abc":
        assert outbox.offer(frame)
    await until(lambda: len(socket.sent) == 3)
    assert outbox.offer("d")

    await until(lambda: len(socket.sent) == 4)
    assert socket.sent == ["a", "b", "c", "d"]


async def test_slow_reader_is_refused_past_the_number_of_frames(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "FRAMES_MOST", 10)
    socket.reads.clear()

    taken = [outbox.offer("x") for _ in range(20)]

    assert taken == [True] * 10 + [False] * 10


async def test_slow_reader_is_refused_past_the_number_of_bytes(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "BYTES_MOST", 100)
    socket.reads.clear()

    taken = [outbox.offer("x" * 30) for _ in range(10)]

    assert taken.index(False) in (3, 4)
    assert not any(taken[4:])


async def test_reader_that_catches_up_is_served_again(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "BYTES_MOST", 100)
    for _ in range(5):
        assert not all(outbox.offer("x" * 30) for _ in range(10))
        count = len(socket.sent)
        await until(lambda count=count: len(socket.sent) > count)
        await asyncio.sleep(0.01)

    assert outbox.offer("y")
    await until(lambda: socket.sent[-1] == "y")


async def test_reader_is_stuck_when_one_frame_takes_too_long(
    outbox: Outbox, socket: Socket
) -> None:
    now = asyncio.get_running_loop().time
    socket.reads.clear()
    outbox.offer("x")
    await asyncio.sleep(0.01)

    assert not outbox.is_stuck(now())
    assert outbox.is_stuck(now() + outboxes.STUCK_SECONDS + 1)

    socket.reads.set()
    await until(lambda: socket.sent == ["x"])
    assert not outbox.is_stuck(now() + outboxes.STUCK_SECONDS + 1)


async def test_close_comes_after_what_waits(outbox: Outbox, socket: Socket) -> None:
    socket.reads.clear()
    outbox.offer("a")
    outbox.offer("b")

    outbox.close(1012, "bye")
    assert outbox.closing and outbox.offer("late")
    socket.reads.set()

    await until(lambda: len(socket.sent) >= 4)
    assert socket.sent == ["a", "b", "bye", 1012]


async def test_close_at_once_comes_instead_of_what_waits(outbox: Outbox, socket: Socket) -> None:
    socket.reads.clear()
    outbox.offer("being sent")
    await asyncio.sleep(0.01)
    outbox.offer("never sent")

    outbox.close(4401, "bye", at_once=True)
    socket.reads.set()

    await until(lambda: 4401 in socket.sent)
    assert socket.sent == ["being sent", "bye", 4401]


async def test_close_twice_keeps_the_first(outbox: Outbox, socket: Socket) -> None:
    outbox.close(4408, "slow", at_once=True)
    outbox.close(1012, "restart")

    await until(lambda: len(socket.sent) >= 2)
    assert socket.sent == ["slow", 4408]
