"""The ASGI application: REST through Django, the socket, and the life of the hub."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
_django = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from backend.api.bodies import BodyLimit  # noqa: E402
from backend.api.longpoll import LongPolling  # noqa: E402
from backend.realtime import hub  # noqa: E402
from backend.realtime.routing import websocket  # noqa: E402


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    running = await hub.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await running.stop()
    await send({"type": "lifespan.shutdown.complete"})


application = ProtocolTypeRouter(
    {"http": BodyLimit(LongPolling(_django)), "websocket": websocket, "lifespan": lifespan}
)
