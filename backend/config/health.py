"""For those who run it: is it alive, can it take requests, what does it measure."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

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
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
