"""Connections that send too much or too slowly: what is no request yet, or frames that say nothing.

Seen red with uvicorn's own protocols, which took 200 MB of one head, waited for ever, and kept the
pongs for a client that only pings.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from backend.config import bounds
from backend.config.bounds import HEAD_BYTES, BoundedProtocol
from backend.config.protocol import SocketProtocol

SECONDS = 0.5
SOON = 10  # on a busy machine
WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers slowly, with as many bytes as it was sent; a socket it keeps open."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    await asyncio.sleep(2 * SECONDS)
    headers = [(b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * length})


@pytest.fixture
def state() -> ServerState:
    return ServerState()


@pytest.fixture
async def connect(
    monkeypatch: pytest.MonkeyPatch, state: ServerState
) -> AsyncIterator[Callable[[], Any]]:
    monkeypatch.setattr(bounds, "REQUEST_SECONDS", SECONDS)
    config = uvicorn.Config(application, ws=SocketProtocol, log_config=None, lifespan="off")
    config.load()
    writers = list[asyncio.StreamWriter]()
    server = await asyncio.get_running_loop().create_server(
        lambda: BoundedProtocol(config, state, {}), "127.0.0.1", 0
    )

    async def open_connection() -> Streams:
        streams = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(streams[1])
        return streams

    yield open_connection
    for writer in writers:
        writer.close()
    server.close()


async def ends(reader: asyncio.StreamReader) -> bytes:
    """What came until the server closed the connection."""
    return await asyncio.wait_for(reader.read(), SOON)


@pytest.mark.parametrize(
    ("begin", "more"),
    [(b"GET / HTTP/1.1\r\n", b"a: b\r\n"), (b"GET /", b"a")],
    ids=["headers", "address"],
)
async def test_head_without_an_end_is_refused(
    connect: Callable[[], Awaitable[Streams]], begin: bytes, more: bytes
) -> None:
    reader, writer = await connect()

    # Not a byte too many: a connection closed with bytes unread is reset, and the answer lost.
    writer.write((begin + more * HEAD_BYTES)[: HEAD_BYTES + 1])

    assert (await ends(reader)).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n", WHOLE[:-1]],
    ids=["nothing", "a line", "a head", "a body"],
)
async def test_request_that_does_not_come_whole_is_given_up(
    connect: Callable[[], Awaitable[Streams]], sent: bytes
) -> None:
    reader, writer = await connect()

    writer.write(sent)

    assert await ends(reader) == b""


async def test_bytes_that_drip_are_given_up(connect: Callable[[], Awaitable[Streams]]) -> None:
    reader, writer = await connect()

    async def drip() -> None:
        for byte in WHOLE:
            writer.write(bytes([byte]))
            await asyncio.sleep(SECONDS / 10)

    dripping = asyncio.create_task(drip())

    assert await ends(reader) == b""
    dripping.cancel()


async def test_answer_may_take_longer_and_the_next_request_too(
    connect: Callable[[], Awaitable[Streams]],
) -> None:
    reader, writer = await connect()
    for _ in range(2):
        writer.write(WHOLE)
        answer = await asyncio.wait_for(reader.readuntil(b"xxxx"), SOON)
        assert answer.startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(2 * SECONDS)


async def test_open_socket_is_not_given_up(connect: Callable[[], Awaitable[Streams]]) -> None:
    reader, writer = await connect()
    writer.write(UPGRADE)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 3 * SECONDS)


@pytest.mark.parametrize("opcode", [0x9, 0xA], ids=["pings", "pongs"])
async def test_flood_of_small_frames_is_left_unread(
    connect: Callable[[], Awaitable[Streams]], state: ServerState, opcode: int
) -> None:
    reader, writer = await connect()
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    small = bytes([0x80 | opcode, 0x80 | 125, 0, 0, 0, 0]) + b"x" * 125

    writer.write(small * 100_000)
    await asyncio.sleep(2 * SECONDS)

    (protocol,) = state.connections
    assert protocol.transport.get_write_buffer_size() < 1_000_000
    assert writer.transport.get_write_buffer_size() > 5_000_000
    writer.transport.abort()


async def test_pings_are_answered(connect: Callable[[], Awaitable[Streams]]) -> None:
    reader, writer = await connect()
    writer.write(UPGRADE)
    await reader.readuntil(b"\r\n\r\n")

    for number in range(5):
        writer.write(bytes([0x89, 0x81, 0, 0, 0, 0, number]))
        pong = await asyncio.wait_for(reader.readexactly(3), SOON)
        assert pong == bytes([0x8A, 1, number])
