"""The way out of the process, one per socket: `offer` never waits, a task of the socket sends.

The hub offers the same text to thousands of sockets in one turn of the loop; none of them may make
it wait. A reader too slow to keep up is noticed by what piles up here.
"""

import asyncio
import contextlib
import time
from collections import deque
from typing import Any

FRAMES_MOST = 5000
BYTES_MOST = 32 * 1024 * 1024
STUCK_SECONDS = 15.0


class Outbox:
    def __init__(self, send: Any) -> None:
        self._send = send
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._wake = asyncio.Event()
        self._close_code: int | None = None
        self._sending_since: float | None = None

    def offer(self, frame: str) -> bool:
        """Queue a frame. False: the reader is too slow, and the frame was not taken."""
        if self._close_code is not None:
            return True  # nothing follows a bye
        if len(self._waiting) >= FRAMES_MOST or self._characters > BYTES_MOST:
            return False
        self._waiting.append(frame)
        self._characters += len(frame)
        self._wake.set()
        return True

    def close(self, code: int, last: str | None, *, at_once: bool = False) -> None:
        """Send `last` and close, after what waits, or instead of it."""
        if self._close_code is not None:
            return
        if at_once:
            self._waiting.clear()
        if last is not None:
            self._waiting.append(last)
        self._close_code = code
        self._wake.set()

    @property
    def closing(self) -> bool:
        return self._close_code is not None

    def is_stuck(self, now: float) -> bool:
        """One frame has been on its way for too long: the other end does not read."""
        return self._sending_since is not None and now - self._sending_since > STUCK_SECONDS

    async def run(self) -> None:
        """Send what is offered until the socket is closed, or gone."""
        with contextlib.suppress(OSError):  # what a server raises for a client that has left
            await self._send_for_ever()

    async def _send_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                frame = self._waiting.popleft()
                self._characters -= len(frame)
                self._sending_since = time.monotonic()
                await self._send({"type": "websocket.send", "text": frame})
            self._sending_since = None
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
                return
