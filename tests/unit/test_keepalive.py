"""Who is pinged and does not answer is gone, unless the answer lies behind frames not yet read.

Seen red with uvicorn's own protocol: a client that sent more than the server could do in forty
seconds was closed with 1011.
"""

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from backend.config.bounds import BoundedProtocol
from backend.config.protocol import SocketProtocol

from .test_bounds import UPGRADE

SECONDS = 0.4
TEXT = bytes([0x81, 0x81, 0, 0, 0, 0]) + b"x"


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """Takes one frame, and is then busy with it."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()
    await asyncio.sleep(60)


async def heard(sent: bytes, *, again: bool = False) -> bytes:
    """What a client that answers no ping is told in the time of several pings."""
    config = uvicorn.Config(
        slow,
        ws=SocketProtocol,
        ws_ping_interval=SECONDS,
        ws_ping_timeout=SECONDS,
        log_config=None,
        lifespan="off",
    )
    config.load()
    server = await asyncio.get_running_loop().create_server(
        lambda: BoundedProtocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(25):
        writer.write(sent)
        await asyncio.sleep(SECONDS / 5)
        if not again:
            sent = b""
    writer.close()
    server.close()
    return await reader.read(10_000)


@pytest.mark.parametrize(
    ("sent", "again"),
    [(TEXT * 2, False), (bytes([0x8A, 0x80, 0, 0, 0, 0]), True)],
    ids=["not read", "heard"],
)
async def test_client_that_is_there_is_not_closed(sent: bytes, again: bool) -> None:
    assert b"keepalive" not in await heard(sent, again=again)


async def test_client_that_says_nothing_is_closed() -> None:
    assert b"keepalive ping timeout" in await heard(b"")
