"""The page: a static single-page application, served as it was built."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

HOW_TO_BUILD = """The page is not built. With Node 20 or newer:

    make run

builds it and serves it here. The API is at /api/docs/, the socket at /ws/chat/room/.
"""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """index.html for every route of the page; the page reads its route from the address."""
    built = settings.FRONTEND_DIST / "index.html"
    if not built.is_file():
        return HttpResponse(HOW_TO_BUILD, content_type="text/plain; charset=utf-8")
    # Asked for anew each time: the assets it names change with every build.
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(built.read_bytes(), "text/html; charset=utf-8", headers=headers)
