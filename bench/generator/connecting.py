"""Opening many sockets, some at a time, as clients of many addresses."""

import asyncio
from collections.abc import Iterable
from typing import Any

from picows import ws_connect

from .dialects import Dialect
from .sockets import Subscriber

AT_ONCE = 32
READY_SECONDS = 300


async def connect(
    subscribers: Iterable[tuple[Subscriber, str]],
    *,
    dialect: Dialect,
    port: int,
    at_once: int = AT_ONCE,
) -> None:
    """Open sockets for (subscriber, token), so many at once, until each is ready."""
    waiting = enumerate(subscribers)

    async def one_after_the_other() -> None:
        for number, (subscriber, token) in waiting:
            # One source address has not enough ports for many rounds of thousands of sockets.
            source: dict[str, Any] = {"local_addr": (f"127.0.0.{2 + number % 16}", 0)}
            await ws_connect(
                lambda subscriber=subscriber: subscriber,
                f"ws://127.0.0.1:{port}{dialect.path(subscriber.room.pk, token)}",
                websocket_handshake_timeout=READY_SECONDS,
                **source,
            )
            await asyncio.wait_for(subscriber.ready, READY_SECONDS)

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
