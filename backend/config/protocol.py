"""uvicorn's WebSocket protocol, but for three things that it says or does not say."""

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets import http11

# A token too long for the 8 KiB of the default is answered like any other bad token.
http11.MAX_LINE_LENGTH = 128 * 1024

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class SocketProtocol(WebSocketsSansIOProtocol):
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A handshake that cannot be read would leave the client waiting for ever.
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(_BAD_REQUEST)
            self.transport.close()

    async def send(self, message: Any) -> None:
        await super().send(message)
        # An answer of HTTP would be logged as a handshake that the application forgot.
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True


class ClientsFault(logging.Filter):
    """Bytes that are no UTF-8 end a socket with 1007; they are no news, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Invalid UTF-8")
