"""The one WebSocket's path; every other one is answered with 404, not with an exception."""

from collections.abc import Awaitable
from typing import Any

from backend.chat.errors import NotFound
from backend.contract import errors, json

from .auth import JWTAuthMiddleware
from .consumers import RoomConsumer

PATH = "/ws/chat/room/"
_room = JWTAuthMiddleware(RoomConsumer.as_asgi())


def websocket(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
    """The ASGI application for WebSockets."""
    return (_room if scope["path"] == PATH else _nothing)(scope, receive, send)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    scope["query_string"] = b""  # a token sent to a wrong path must not reach the server's log
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    error = NotFound()
    await send(
        {
            "type": "websocket.http.response.start",
            "status": errors.status(error),
            "headers": [(b"content-type", b"application/json")],
        }
    )
    await send({"type": "websocket.http.response.body", "body": json.encode(errors.body(error))})
