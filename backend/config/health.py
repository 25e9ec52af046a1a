"""For those who run it: is it alive, can it take requests, what does it measure."""

import os

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.realtime import hub


def alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """200 while the database answers and the process is not stopping.

    The channel layer only makes delivery quick, so its state is told and changes nothing.
    """
    running = hub.running()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = "ok"
    except Exception:
        database = "unavailable"
    stopping = running is None or running.stopping
    body = {
        "status": "stopping" if stopping else "ok",
        "database": database,
        "channel_layer": "ok" if running and running.layer.is_heard else "degraded",
    }
    return JsonResponse(body, status=503 if stopping or database != "ok" else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """The sum over all workers, whichever of them is asked."""
    if not _may_read_metrics(request):
        raise PermissionDenied
    numbers = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        numbers = CollectorRegistry()
        MultiProcessCollector(numbers)
    return HttpResponse(generate_latest(numbers), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    # A proxy on this machine is a neighbour too, but those who speak through it are not.
    forwarded = "X-Forwarded-For" in request.headers
    return request.META["REMOTE_ADDR"] in ("127.0.0.1", "::1") and not forwarded
