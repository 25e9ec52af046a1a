"""Requests as they arrive: when, and no larger than is taken.

Bodies are small here; a larger one is dropped before Django spools it to disk.
"""

from typing import Any

from django.conf import settings
from django.utils import timezone

TOO_LARGE = "parley.too_large"
# When a request came, before it waited for a thread.
ARRIVED_AT = "parley.arrived_at"


class BodyLimit:
    """ASGI middleware: what is past the limit never arrives.

    The limit is `settings.MAX_BODY_BYTES` for `/api/`, whose scope is marked; elsewhere Django's.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope[ARRIVED_AT] = timezone.now()
        of_api = scope["path"].startswith("/api/")
        limit = settings.MAX_BODY_BYTES if of_api else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        # That of a GET means nothing, and is not waited for.
        body, more = b"", scope["method"] not in ("GET", "HEAD")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            # What is past the limit is read and dropped: an early answer would meet a client
            # that still sends, and be lost with the reset of the connection.
            if len(body) <= limit:
                body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > limit:
            # The view refuses it, so that the answer has the headers of any other.
            body, scope = b"", {**scope, TOO_LARGE: True}
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)
