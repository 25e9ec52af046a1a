"""New connections begin a few in each turn of the event loop.

After a restart a thousand clients come back in the same moment. Taken as they come, all their
handshakes are one turn of the loop, and those who are here already hear nothing until it ends.
"""

from __future__ import annotations

import asyncio
from collections import deque

from .bounds import BoundedProtocol

BEGUN_AT_ONCE = 4


class ArrivingProtocol(BoundedProtocol):
    # What came before the connection's turn; None afterwards.
    _early: bytes | None = b""

    def data_received(self, data: bytes) -> None:
        if self._early is None:
            self._take(data)
            return
        if not self._early:
            _arrivals.append(self)
            if len(_arrivals) == 1:
                self.loop.call_soon(_begin_some, self.loop)
        self._early += data

    def begin(self) -> None:
        early, self._early = self._early, None
        if early and not self.transport.is_closing():
            self._take(early)

    def _take(self, data: bytes) -> None:
        super().data_received(data)


_arrivals: deque[ArrivingProtocol] = deque()


def _begin_some(loop: asyncio.AbstractEventLoop) -> None:
    try:
        for _ in range(min(BEGUN_AT_ONCE, len(_arrivals))):
            _arrivals.popleft().begin()
    finally:
        if _arrivals:
            loop.call_soon(_begin_some, loop)
