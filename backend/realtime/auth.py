"""Who is at the other end of a socket: JWT by query string, header or subprotocol.

Cookies are never looked at, so a foreign page gains nothing from a browser's login; an `Origin` is
checked all the same. See docs/decisions/0001-socket-authentication.md.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from backend.chat.errors import ChatError, NotAuthenticated
from backend.contract import errors, tokens

from . import hub
from .database import run

SUBPROTOCOL = "bearer"
# What is left to do to know who somebody is.
Check = Callable[[], Awaitable[tokens.Login]]


class JWTAuthMiddleware:
    """Puts a checked `Login` into `scope["login"]`, or what was wrong into `scope["refusal"]`.

    The token is taken out of the scope, because servers write the query string into their logs.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not _origin_is_ours(scope):
            await receive()
            # Before the handshake is accepted, a close is an answer of HTTP 403.
            await send({"type": "websocket.close"})
            return
        # No variable here: it would hold the token as long as the socket is open.
        scope["login"], scope["refusal"] = await _login(_taken_out(scope))
        await self.app(scope, receive, send)


def _taken_out(scope: dict[str, Any]) -> list[Check]:
    found = [*_tokens(scope), *_tickets(scope)]
    scope["query_string"] = b""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
    offered = scope.get("subprotocols", [])
    scope["subprotocols"] = [SUBPROTOCOL] if SUBPROTOCOL in offered else []
    return found


async def _login(found: list[Check]) -> tuple[tokens.Login | None, ChatError | None]:
    if len(found) != 1:
        return None, NotAuthenticated("Send exactly one access token or ticket.")
    try:
        return await found[0](), None
    except Exception as error:
        return None, errors.of(error)


def _tickets(scope: dict[str, Any]) -> Iterator[Check]:
    for value in _query(scope, "ticket"):
        yield partial(run, tokens.authenticate_ticket, value)


def _tokens(scope: dict[str, Any]) -> Iterator[Check]:
    """Every token that was sent, in any of the three places."""
    for value in [*_query(scope, "token"), *_bearers(scope)]:
        yield partial(hub.current().logins.ask, value)


def _query(scope: dict[str, Any], wanted: str) -> list[str]:
    try:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
    except ValueError:  # more fields than anybody means
        return ["", ""]
    return [value for name, value in pairs if name == wanted]


def _bearers(scope: dict[str, Any]) -> Iterator[str]:
    for name, value in scope["headers"]:
        scheme, _, token = value.partition(b" ")
        if name == b"authorization" and scheme.lower() == b"bearer":
            yield token.strip().decode("latin-1")
    offered = scope.get("subprotocols", [])
    if SUBPROTOCOL in offered:
        yield from (name for name in offered if name != SUBPROTOCOL)


def _origin_is_ours(scope: dict[str, Any]) -> bool:
    """Apps and scripts send no Origin; a page's must be the server's own, or allowed."""
    origins = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    if not origins:
        return True
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(origins) != 1 or len(hosts) != 1:
        return False
    if origins[0] in settings.CORS_ALLOWED_ORIGINS:
        return True
    try:
        origin = urlsplit(origins[0])
    except ValueError:
        return False
    return origin.scheme in ("http", "https") and origin.netloc.lower() == hosts[0].lower()
