import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.baselines.dcrf.settings")
_django = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from .consumers import RoomConsumer  # noqa: E402
from .middleware import JWTAuthMiddleware  # noqa: E402

websocket = URLRouter([path("ws/chat/room/", RoomConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": _django, "websocket": JWTAuthMiddleware(websocket)})
