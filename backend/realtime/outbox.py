"""The way out of the process, one per socket: `offer` never waits.

The hub offers the same event to thousands of sockets in one turn of the loop; none of them may make
it wait. A server that takes ready frames (see `config.protocol`) is given them at once. What it
cannot take now waits here, and a task sends it as any ASGI server wants it. A reader too slow to
keep up is noticed by what piles up.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

FRAMES_MOST = 5000
BYTES_MOST = 32 * 1024 * 1024
STUCK_SECONDS = 6.0


class Outbox:
    def __init__(self, send: Any, write: Callable[[Sequence[bytes]], bool] | None = None) -> None:
        """`send` is ASGI's; `write` takes several frames at once, or says that it cannot."""
        self._send = send
        self._write = write
        self._waiting: deque[bytes] | None = None
        self._bytes = 0
        self._close_code: int | None = None
        self._sending: asyncio.Task[None] | None = None
        self._sending_since: float | None = None

    def offer(self, frames: Sequence[bytes]) -> bool:
        """Send or queue frames. False: the reader is too slow, and they were not taken."""
        if self._close_code is not None:
            return True  # nothing follows a bye
        if self._waiting is None and self._write is not None and self._write(frames):
            return True
        if self.waiting >= FRAMES_MOST or self._bytes > BYTES_MOST:
            return False
        self._queue(frames)
        return True

    @property
    def waiting(self) -> int:
        """How many frames wait to be sent."""
        return len(self._waiting or ())

    def close(self, code: int, last: bytes | None, *, at_once: bool = False) -> None:
        """Send `last` and close, after what waits, or instead of it."""
        if self._close_code is not None:
            return
        if at_once and self._waiting:
            self._waiting.clear()
        self._close_code = code
        self._queue([] if last is None else [last])

    @property
    def closing(self) -> bool:
        return self._close_code is not None

    @property
    def close_code(self) -> int | None:
        """What the application closed it with."""
        return self._close_code

    def is_stuck(self, now: float) -> bool:
        """One frame has been on its way for too long: the other end does not read."""
        return self._sending_since is not None and now - self._sending_since > STUCK_SECONDS

    def stop(self) -> None:
        """The socket is gone; what is offered from now on goes nowhere."""
        self._close_code = self._close_code or 1006
        if self._sending is not None:
            self._sending.cancel()

    def _queue(self, frames: Sequence[bytes]) -> None:
        if self._waiting is None:
            self._waiting = deque()
            self._sending = asyncio.get_running_loop().create_task(self._send_what_waits())
        self._waiting.extend(frames)
        self._bytes += sum(map(len, frames))

    async def _send_what_waits(self) -> None:
        with contextlib.suppress(OSError):  # what a server raises for a client that has left
            while self._waiting:
                frame = self._waiting.popleft()
                self._sending_since = time.monotonic()
                await self._send({"type": "websocket.send", "text": frame.decode()})
                self._bytes -= len(frame)
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
        self._waiting = self._sending = self._sending_since = None
        self._bytes = 0
