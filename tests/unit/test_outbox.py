"""The way out of the process: offering never waits, and a slow reader is noticed.

Await the socket in `offer`, or take the limits out, and the slow reader holds the hub or fills
the memory.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from backend.realtime import outbox as outboxes
from backend.realtime.outbox import Outbox

from .fakes import until


class Socket:
    """What was sent, in either way; while `reads` is clear, sending waits."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def __call__(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message.get("text", message.get("code")))

    def write(self, frames: Sequence[bytes]) -> bool:
        if self.reads.is_set():
            self.sent.extend(frame.decode() for frame in frames)
        return self.reads.is_set()


@pytest.fixture
async def socket() -> Socket:
    return Socket()


@pytest.fixture(params=["any server", "one that takes ready frames"])
async def outbox(socket: Socket, request: pytest.FixtureRequest) -> AsyncIterator[Outbox]:
    made = Outbox(socket, socket.write if "ready" in request.param else None)
    yield made
    made.stop()


def offer(outbox: Outbox, frame: str) -> bool:
    return outbox.offer([frame.encode()])


async def test_frames_are_sent_in_order(outbox: Outbox, socket: Socket) -> None:
    for frame in "abc":
        assert offer(outbox, frame)
    await until(lambda: len(socket.sent) == 3)
    assert offer(outbox, "d")

    await until(lambda: len(socket.sent) == 4)
    assert socket.sent == ["a", "b", "c", "d"]


async def test_slow_reader_is_refused_past_the_number_of_frames(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "FRAMES_MOST", 10)
    socket.reads.clear()

    taken = [offer(outbox, "x") for _ in range(20)]

    assert taken == [True] * 10 + [False] * 10


async def test_slow_reader_is_refused_past_the_number_of_bytes(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "BYTES_MOST", 100)
    socket.reads.clear()

    taken = [offer(outbox, "x" * 30) for _ in range(10)]

    assert taken.index(False) in (3, 4)
    assert not any(taken[4:])


async def test_reader_that_catches_up_is_served_again(
    outbox: Outbox, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "BYTES_MOST", 100)
    for _ in range(5):
        socket.reads.clear()
        assert not all(offer(outbox, "x" * 30) for _ in range(10))
        count = len(socket.sent)
        socket.reads.set()
        await until(lambda count=count: len(socket.sent) > count)
        await asyncio.sleep(0.01)

    assert offer(outbox, "y")
    await until(lambda: socket.sent[-1] == "y")


async def test_reader_is_stuck_when_one_frame_takes_too_long(
    outbox: Outbox, socket: Socket
) -> None:
    now = asyncio.get_running_loop().time
    socket.reads.clear()
    offer(outbox, "x")
    await asyncio.sleep(0.01)

    assert not outbox.is_stuck(now())
    assert outbox.is_stuck(now() + outboxes.STUCK_SECONDS + 1)

    socket.reads.set()
    await until(lambda: socket.sent == ["x"])
    assert not outbox.is_stuck(now() + outboxes.STUCK_SECONDS + 1)


async def test_close_comes_after_what_waits(outbox: Outbox, socket: Socket) -> None:
    socket.reads.clear()
    offer(outbox, "a")
    offer(outbox, "b")

    outbox.close(1012, b"bye")
    assert outbox.closing and offer(outbox, "late")
    socket.reads.set()

    await until(lambda: len(socket.sent) >= 4)
    assert socket.sent == ["a", "b", "bye", 1012]


async def test_close_at_once_comes_instead_of_what_waits(outbox: Outbox, socket: Socket) -> None:
    socket.reads.clear()
    offer(outbox, "being sent")
    await asyncio.sleep(0.01)
    offer(outbox, "never sent")

    outbox.close(4401, b"bye", at_once=True)
    socket.reads.set()

    await until(lambda: 4401 in socket.sent)
    assert socket.sent == ["being sent", "bye", 4401]


async def test_close_twice_keeps_the_first(outbox: Outbox, socket: Socket) -> None:
    outbox.close(4408, b"slow", at_once=True)
    outbox.close(1012, b"restart")

    await until(lambda: len(socket.sent) >= 2)
    assert socket.sent == ["slow", 4408]


async def test_frames_offered_together_are_written_together(socket: Socket) -> None:
    written: list[Sequence[bytes]] = []
    outbox = Outbox(socket, lambda frames: not written.append(frames))  # type: ignore[func-returns-value]

    outbox.offer([b"a", b"b"])
    outbox.offer([b"c"])

    assert (written, socket.sent) == ([[b"a", b"b"], [b"c"]], [])


async def test_frames_wait_behind_what_could_not_be_written(socket: Socket) -> None:
    """Write the third at once, and it overtakes the second."""
    outbox = Outbox(socket, socket.write)
    offer(outbox, "a")
    socket.reads.clear()
    offer(outbox, "b")
    socket.reads.set()

    offer(outbox, "c")

    await until(lambda: len(socket.sent) == 3)
    assert socket.sent == ["a", "b", "c"]


async def test_socket_that_has_left_ends_the_sending() -> None:
    async def has_left(message: dict[str, Any]) -> None:
        raise OSError

    outbox = Outbox(has_left)
    outbox.offer([b"a", b"b"])

    await until(lambda: not outbox.waiting)
    assert not outbox.is_stuck(float("inf"))
