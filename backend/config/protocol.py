"""uvicorn's WebSocket protocol, but for what it says or does not say, and for ready frames.

Frames from a server are not masked (RFC 6455, 5.1), so that finished ones can go to the transport
as they are, several with one write. The scope offers this as an extension of ASGI; a server without
it is sent to as ever.
"""

import logging
from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11
from websockets.frames import Opcode
from websockets.protocol import OPEN

# A token too long for the 8 KiB of the default is answered like any other bad token.
http11.MAX_LINE_LENGTH = 128 * 1024

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# For the last bytes and the closing handshake, once the application has ended.
LEAVING_SECONDS = 3.0
# Pings, pongs and pieces of messages that a client may send in a second. The application does not
# hear of them, and reading them keeps the event loop from everybody else.
SMALL_FRAMES_PER_SECOND = 200
_TEXT = 0x80 | Opcode.TEXT  # the first byte of a text that is one frame


class SocketProtocol(WebSocketsSansIOProtocol):
    _small_frames = 0
    _counted_since = 0.0
    _heard_at = 0.0

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.loop.time()
        super().data_received(data)
        # A handshake that cannot be read would leave the client waiting for ever.
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(_BAD_REQUEST)
            self.transport.close()

    def on_task_complete(self, task: Any) -> None:
        super().on_task_complete(task)
        # A client that never reads would keep the transport, and all that waits in it.
        self.loop.call_later(LEAVING_SECONDS, self.transport.abort)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"]["parley.ready_frames"] = {"write": self.write_texts}

    def keepalive_timeout(self) -> None:
        # A pong waits behind every frame that was sent before it: whoever was heard since the ping,
        # or is not listened to because there is so much to do, is there.
        if self.read_paused or self._heard_at > self.ping_sent_at:
            self.pending_ping_payload = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()

    def handle_ping(self) -> None:
        self._count_small_frame()
        if self.writable.is_set():
            super().handle_ping()
        else:
            # Pongs would pile up before a client that does not read; no more than the latest ping
            # needs one (RFC 6455, 5.5.3).
            self.conn.data_to_send()

    def handle_pong(self, event: Any) -> None:
        self._count_small_frame()
        super().handle_pong(event)

    def handle_cont(self, event: Any) -> None:
        self._count_small_frame()
        super().handle_cont(event)

    def _count_small_frame(self) -> None:
        """Leave a client unread for a second when it sends too many."""
        now = self.loop.time()
        if now - self._counted_since >= 1:
            self._counted_since, self._small_frames = now, 0
        self._small_frames += 1
        if self._small_frames % SMALL_FRAMES_PER_SECOND == 0:
            self.transport.pause_reading()
            self.loop.call_later(1, self._read_on)

    def _read_on(self) -> None:
        if not (self.read_paused or self.transport.is_closing()):
            self.transport.resume_reading()

    def write_texts(self, texts: Sequence[bytes]) -> bool:
        """Send texts in UTF-8, each as a frame, at once; False when the client does not keep up."""
        if not self.writable.is_set() or self.conn.state is not OPEN or self.disconnected:
            return False
        parts: list[bytes] = []
        for text in texts:
            parts += (_header(len(text)), text)
        self.transport.write(b"".join(parts))
        return True

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.accept":
            # Nobody reads the handshake again, and it would be a good part of what an idle socket
            # takes. `websockets` keeps the request too.
            self.request.headers.clear()
            self.request = self.response = None  # type: ignore[assignment]
            self.scope["headers"].clear()  # type: ignore[attr-defined]
        # An answer of HTTP would be logged as a handshake that the application forgot.
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True


def _header(length: int) -> bytes:
    """RFC 6455, 5.2."""
    if length < 126:
        return bytes((_TEXT, length))
    if length < 65_536:
        return bytes((_TEXT, 126, length >> 8, length & 255))
    return bytes((_TEXT, 127)) + length.to_bytes(8)


class ClientsFault(logging.Filter):
    """Bytes that are no UTF-8 end a socket with 1007; they are no news, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Invalid UTF-8")
