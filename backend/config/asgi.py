"""The ASGI application: REST through Django, the socket, and the life of the hub."""

import gc
import os
from collections.abc import Awaitable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
django.setup(set_prefix=False)

from backend.api.bodies import BodyLimit  # noqa: E402
from backend.api.longpoll import LongPolling  # noqa: E402
from backend.config.access import Identified  # noqa: E402
from backend.config.handler import Handler  # noqa: E402
from backend.realtime import hub  # noqa: E402
from backend.realtime.routing import websocket  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    running = await hub.start()
    # What is here now stays, and need not be looked through. Nothing else runs while the collector
    # does: it comes often, for a few milliseconds, and seldom looks at all that is old.
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 10, 50)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await running.stop()
    await send({"type": "lifespan.shutdown.complete"})


_applications: dict[str, Any] = {
    "http": BodyLimit(LongPolling(Handler())),
    "websocket": websocket,
    "lifespan": lifespan,
}


def _of_type(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
    answering: Awaitable[None] = _applications[scope["type"]](scope, receive, send)
    return answering


application = Identified(_of_type)
