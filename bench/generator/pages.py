"""Clients that ask for the same page of history again and again, over connections that stay."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from .sockets import Failed
from .task import Task

PAGE = 50


class Client(asyncio.Protocol):
    """Sends the request anew as soon as it was answered; every answer must be as the first."""

    def __init__(self, request: bytes, first: asyncio.Future[bytes]) -> None:
        self._request, self._first = request, first
        self._buffer = b""
        self.answered = 0
        self.stopped = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(head.decode() + body.decode())
        if not self._first.done():
            self._first.set_result(body)
        elif body != self._first.result():
            self._fail(f"another page than before: {body[:200]!r}")
        self._buffer = b""
        self.answered += 1
        if not self.stopped:
            self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopped:
            self._fail("the server closed a connection")

    def _fail(self, why: str) -> None:
        self.stopped = True
        raise Failed(why)


async def run(task: Task, measuring: Callable[[float], None]) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    room = task.rooms[0]
    path = PATHS[task.server][task.options["end"]].format(room=room.pk)
    first: asyncio.Future[bytes] = loop.create_future()
    clients = []
    for number in range(task.options["clients"]):
        request = _request(path, task.token(room.members[number % len(room.members)]))
        _, client = await loop.create_connection(
            partial(Client, request, first), "127.0.0.1", task.port
        )
        clients.append(client)
    _check(await first, oldest=task.options["end"] == "oldest", of=task.options["archived"])
    await asyncio.sleep(task.options["warmup"])
    meter, before = task.meter(), sum(client.answered for client in clients)
    measuring(task.options["seconds"])
    meter.restart()
    await asyncio.sleep(task.options["seconds"])
    used, after = meter.stop(), sum(client.answered for client in clients)
    if any(client.stopped for client in clients):
        raise Failed("a client gave up")
    for client in clients:
        client.stopped = True
    return {**used, "pages": after - before, "bytes": len(first.result())}


# DRF's cursor `r=1`: the page at the other end of the list.
PATHS = {
    "parley": {
        "newest": f"/api/rooms/{{room}}/messages/?limit={PAGE}",
        "oldest": f"/api/rooms/{{room}}/messages/?after_seq=0&limit={PAGE}",
    },
    "dcrf": {
        "newest": "/api/rooms/{room}/messages/",
        "oldest": "/api/rooms/{room}/messages/?cursor=cj0x",
    },
}


def _request(path: str, token: str) -> bytes:
    headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    return f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


def _check(body: bytes, *, oldest: bool, of: int) -> None:
    """The page holds what it should: the messages at this end of the archive."""
    texts = [message["text"] for message in json.loads(body)["results"]]
    numbers = range(1, PAGE + 1) if oldest else range(of - PAGE + 1, of + 1)
    expected = {f"Message {number}:" for number in numbers}
    if {text.partition(" shall")[0] for text in texts} != expected or len(texts) != PAGE:
        raise Failed(f"not the {PAGE} messages that were asked for: {texts[:3]}")
