"""Django's part of the application: a request stays in one thread from its beginning to its end.

Django's own ASGI handler starts a thread for each request and crosses between it and the event loop
at every middleware of the other kind, which cost more than most answers.
"""

from typing import Any, NamedTuple

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from backend.api.errors import plain
from backend.chat.errors import Unavailable
from backend.realtime.database import Threads

THREADS = 8
# Threads keep their connections, see `Threads`.
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Handler(ASGIHandler):
    def __init__(self) -> None:
        super().__init__()
        self._threads = Threads("request", THREADS)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        try:
            answer = await self._threads.run(self._answer, scope, body)
        except Unavailable as error:
            answer = _ready(plain(error))
        start = {"status": answer.status, "headers": answer.headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Any, body: Any) -> Answer:
        with body:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request: Any
            request, refusal = self.create_request(scope, body)
            return _ready(refusal or self.get_response(request))


def _ready(response: HttpResponseBase) -> Answer:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    for cookie in response.cookies.values():
        headers.append((b"Set-Cookie", cookie.output(header="").strip().encode("ascii")))
    try:
        return Answer(response.status_code, headers, b"".join(response))
    finally:
        response.close()
