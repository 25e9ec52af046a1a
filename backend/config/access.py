"""An id for each request and each socket, in its lines of the log, and the access log."""

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import markcoroutinefunction

from backend.contract import log_context

access = logging.getLogger("parley.access")

HEADER = b"x-request-id"
_ID = re.compile(rb"[0-9A-Za-z._-]{1,64}")
# What is none of the server's own words or numbers can be a token or a text.
_FOREIGN = re.compile(r"[^/]{19,}|[^/]*[^a-z0-9/-][^/]*")


class Identified:
    """ASGI middleware, the outermost. A proxy's `X-Request-ID` is taken over, and answered."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.app = app

    # No coroutine of its own: for each open socket it would lie in memory as long as the socket.
    @markcoroutinefunction
    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] == "http":
            return self._request(scope, receive, send)
        if scope["type"] == "websocket":
            log_context.begin({"socket_id": uuid.uuid4().hex})
        return self.app(scope, receive, send)

    async def _request(self, scope: Any, receive: Any, send: Any) -> None:
        request_id = _given(scope) or uuid.uuid4().hex
        log_context.begin({"request_id": request_id})
        began = time.perf_counter()
        status = None

        async def answer(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (HEADER, request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            fields = {
                "method": scope["method"],
                "path": _FOREIGN.sub("*", scope["path"]),
                "status": status,  # None: the client did not wait for it
                "ms": round((time.perf_counter() - began) * 1000, 1),
            }
            access.info("request", extra={"fields": fields})


def _given(scope: Any) -> str | None:
    found = [value for name, value in scope["headers"] if name == HEADER]
    if len(found) == 1 and _ID.fullmatch(found[0]):
        return str(found[0].decode())
    return None
