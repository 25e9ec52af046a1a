"""What ends a socket: the few things that the contract names, with `bye` where it promises one."""

import json
import os
import socket as sockets
import struct
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.harness.people import People, canary
from tests.harness.server import Server
from tests.harness.sockets import Socket

Connect = Callable[..., Socket]
LARGEST = 64 * 1024


def padded(size: int) -> str:
    """A ping in so many bytes."""
    ping = '{"action": "ping", "request_id": 1%s}'
    return ping % (" " * (size - len(ping) + 2))


def test_frame_of_64_kib_is_answered(people: People, connect: Connect) -> None:
    socket = connect(people.alice)

    socket.ws.send(padded(LARGEST))

    assert socket.reply(1)["response_status"] == 200


def test_frame_of_64_kib_and_one_ends_the_socket(people: People, connect: Connect) -> None:
    socket, other = connect(people.alice), connect(people.alice)

    socket.ws.send(padded(LARGEST + 1))

    bye, code = socket.closing()
    assert (bye, code) == (None, 1009)
    assert other.is_alive()


def test_binary_once_is_answered_twice_is_not(people: People, connect: Connect) -> None:
    socket = connect(people.alice)
    socket.ws.send(b'{"action": "ping", "request_id": 1}')
    malformed = socket.event(action=None)
    assert malformed["errors"][0]["code"] == "malformed"
    assert malformed["request_id"] is None
    assert socket.is_alive()

    socket.ws.send(b"\x00")

    bye, code = socket.closing()
    assert code == 1003
    assert bye is not None
    assert bye["data"]["code"] == 1003


def test_ten_malformed_frames_end_the_socket(people: People, connect: Connect) -> None:
    socket, other = connect(people.alice), connect(people.alice)
    for _ in range(9):
        socket.ws.send("[]")
    assert socket.is_alive()

    socket.ws.send("[]")

    bye, code = socket.closing()
    assert code == 4400
    assert bye is not None
    assert (bye["data"]["code"], bye["data"]["reconnect"]) == (4400, False)
    assert other.is_alive()


def test_refused_frames_do_not_count_as_malformed(people: People, connect: Connect) -> None:
    socket = connect(people.alice)

    for _ in range(30):
        assert socket.request("no_such_action")["errors"][0]["code"] == "unknown_action"
        assert socket.request("join_room", pk=-1)["errors"][0]["code"] == "invalid"

    assert socket.is_alive()


def test_frame_that_is_no_utf8_is_a_breach(people: People, server: Server) -> None:
    with RawSocket(server, people.alice.access) as raw:
        raw.send_frame(0x1, b'{"action": "\xff"}')

        assert raw.close_code() == 1007


def client_frame(opcode: int, payload: bytes, *, fin: int = 0x80, mask: bool = True) -> bytes:
    head = bytes([fin | opcode])
    flag = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head += bytes([flag | size])
    elif size < 65_536:
        head += bytes([flag | 126]) + struct.pack("!H", size)
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", size)
    # A mask of zeros leaves the payload as it is.
    return head + (b"\0\0\0\0" if mask else b"") + payload


class RawSocket:
    """A WebSocket by hand, to send what a library would not."""

    def __init__(self, server: Server, token: str) -> None:
        self.tcp = sockets.create_connection(("127.0.0.1", server.port), timeout=5)
        self.tcp.sendall(
            f"GET /ws/chat/room/?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        self.stream = self.tcp.makefile("rb")
        assert b"101" in self.stream.readline()
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        assert json.loads(self.read()[1])["action"] == "hello"

    def __enter__(self) -> "RawSocket":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stream.close()
        self.tcp.close()

    def send_frame(self, opcode: int, payload: bytes = b"", **options: Any) -> None:
        self.tcp.sendall(client_frame(opcode, payload, **options))

    def read(self) -> tuple[int, bytes]:
        first, size = self.stream.read(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.stream.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.stream.read(8))
        return first & 0x0F, self.stream.read(size)

    def close_code(self) -> int | None:
        """The code of the server's close frame; None when it just hung up."""
        try:
            while True:
                opcode, payload = self.read()
                if opcode == 0x8:
                    return int(struct.unpack("!H", payload[:2])[0])
        except (ValueError, ConnectionError):
            return None


@pytest.mark.parametrize(
    ("opcode", "payload", "options"),
    [
        (0x1, b'{"action": "ping"}', {"mask": False}),
        (0x3, b"", {}),
        (0xB, b"", {}),
        (0x9, b"x" * 126, {}),
        (0x9, b"x", {"fin": 0}),
        (0x1, b"{}", {"fin": 0x80 | 0x40}),
        (0x0, b"continues nothing", {}),
        (0x8, b"x", {}),
        (0x8, struct.pack("!H", 1005), {}),
    ],
    ids=[
        "unmasked",
        "reserved opcode",
        "reserved control opcode",
        "oversized ping",
        "fragmented ping",
        "reserved bit",
        "lone continuation",
        "close of one byte",
        "close with a reserved code",
    ],
)
def test_breach_of_the_protocol_ends_the_socket_alone(
    people: People,
    server: Server,
    connect: Connect,
    opcode: int,
    payload: bytes,
    options: dict[str, Any],
) -> None:
    other = connect(people.alice)

    with RawSocket(server, people.alice.access) as raw:
        raw.send_frame(opcode, payload, **options)

        assert raw.close_code() == 1002

    assert other.is_alive()


def test_fragments_without_end(people: People, server: Server, connect: Connect) -> None:
    with RawSocket(server, people.alice.access) as raw:
        raw.send_frame(0x1, b"{", fin=0)
        try:
            for _ in range(200):
                raw.send_frame(0x0, b" " * 1000, fin=0)
        except ConnectionError:
            pass  # it hung up in the middle, which is its right

        assert raw.close_code() in (1009, None)

    assert connect(people.alice).is_alive()


def test_fragments_of_one_frame_are_put_together(people: People, connect: Connect) -> None:
    socket = connect(people.alice)

    socket.ws.send(iter(['{"action": ', '"ping", ', '"request_id": "in parts"}']))

    assert socket.reply("in parts")["response_status"] == 200


def test_sends_and_a_close_at_once(people: People, room: int, connect: Connect) -> None:
    """Whoever hangs up on a thousand of his own sends harms nobody, and leaves no hole."""
    socket, other = connect(people.bob), connect(people.alice)
    for number in range(1000):
        socket.send(
            {"action": "create_message", "pk": room, "message": canary(), "request_id": number}
        )
    socket.ws.socket.shutdown(sockets.SHUT_RDWR)

    assert other.is_alive()
    assert people.alice.posts(room)["seq"] >= 3
    seqs = [event["seq"] for event in people.alice.log(room)]
    assert seqs == list(range(1, len(seqs) + 1))


def test_random_bytes_harm_nobody(people: People, connect: Connect) -> None:
    other = connect(people.alice)
    for _ in range(5):
        socket = connect(people.alice)
        try:
            for _ in range(20):
                socket.ws.send(os.urandom(40).decode("latin-1"))
            socket.closing()
        except ConnectionClosed:
            pass

    assert other.is_alive()
