"""Headers that tell browsers what a page of ours may do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

_BASE = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
_POLICY = _BASE + (
    "script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self' ws: wss:; manifest-src 'self'"
)
# Swagger's page and Django's admin put scripts and styles into their pages.
_LOOSE = _BASE + (
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'"
)


class ContentSecurityPolicy:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        loose = request.path.startswith(("/admin/", "/api/docs/"))
        response.headers.setdefault("Content-Security-Policy", _LOOSE if loose else _POLICY)
        return response
