"""The product's addresses, and one more: what a server under test holds, for tests of leaks."""

import asyncio
import gc
from collections import Counter

from django.http import HttpRequest, JsonResponse
from django.urls import path

from backend.config.urls import *  # noqa: F403
from backend.config.urls import urlpatterns as of_the_product


async def counts(request: HttpRequest) -> JsonResponse:
    """Tasks, and the living objects of our own realtime classes."""
    gc.collect()
    kinds = Counter(
        kind.__qualname__
        for kind in map(type, gc.get_objects())
        if str(getattr(kind, "__module__", "")).startswith("backend.realtime")
    )
    return JsonResponse({**kinds, "tasks": len(asyncio.all_tasks())})


urlpatterns = [path("inside/", counts), *of_the_product]
