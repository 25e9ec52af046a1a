"""The production command: uvicorn with the options that Parley needs."""

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.config.arrivals import ArrivingProtocol
from backend.config.protocol import SocketProtocol
from backend.config.server import bind, run

GRACE_SECONDS = 10
# How long an idle connection of HTTP is kept: longer than many clients and proxies keep theirs
# (httpx 5 s, nginx 60 s). The server must not be the first to give it up, under a POST.
IDLE_SECONDS = 75
# A worker may be silent for this long before it is replaced: a machine that swaps or migrates is
# back sooner, with its sockets. A new worker has as long for its start.
SILENT_SECONDS = 15


class Command(BaseCommand):
    help = "Serve REST, the WebSocket and the page. Run `migrate` first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] > 1 and not settings.REDIS_URL:
            raise CommandError(
                "More than one worker needs Redis: set REDIS_URL, or use --workers 1."
            )
        config = uvicorn.Config(
            "backend.config.asgi:application",
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            http=ArrivingProtocol,
            ws=SocketProtocol,
            ws_max_size=settings.MAX_BODY_BYTES,
            ws_per_message_deflate=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=SILENT_SECONDS,
            lifespan="on",
            proxy_headers=bool(settings.TRUSTED_PROXIES),
            forwarded_allow_ips=settings.TRUSTED_PROXIES,
            access_log=False,
            log_config=None,
            server_header=False,
        )
        listener = bind(config)
        host, port = listener.getsockname()[:2]
        self.stdout.write(f"Parley is at http://{host}:{port}/ (Ctrl+C stops it)")
        self.stdout.flush()
        run(config, listener)
