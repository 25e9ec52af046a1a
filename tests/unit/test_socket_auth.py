"""Who may open a socket: where the token is looked for, and which pages may ask.

Look for the token in `Cookie` as well, or compare only the beginning of the origin, and a foreign
page opens sockets with somebody else's login.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from backend.chat.errors import TokenExpired
from backend.contract.errors import of
from backend.realtime import auth
from backend.realtime.auth import JWTAuthMiddleware

HOST = (b"host", b"chat.example:8000")
ALLOWED = "https://good.example"


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ALLOWED]

    def authenticate(token: str) -> str:
        if token == "old":
            raise TokenExpired
        if token == "odd":
            raise RuntimeError
        return f"login of {token}"

    async def ask(token: str) -> str:
        return authenticate(token)

    hub = SimpleNamespace(logins=SimpleNamespace(ask=ask))
    monkeypatch.setattr(auth.hub, "current", lambda: hub)


async def handshake(
    *headers: tuple[bytes, bytes], query: bytes = b"", subprotocols: list[str] | None = None
) -> tuple[dict[str, Any] | None, list[Any]]:
    """The scope as the consumer gets it, or None when it is not reached; and what was sent."""
    reached: list[dict[str, Any]] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/ws/chat/room/",
        "query_string": query,
        "headers": [HOST, *headers],
        "subprotocols": subprotocols or [],
    }
    await JWTAuthMiddleware(app)(scope, receive, send)
    return (reached[0] if reached else None), sent


@pytest.mark.parametrize(
    ("headers", "query", "subprotocols"),
    [
        ([], b"token=good", []),
        ([], b"a=1&token=good&b=2", []),
        ([], b"token=g%6Fod", []),
        ([(b"authorization", b"Bearer good")], b"", []),
        ([(b"authorization", b"bearer  good ")], b"", []),
        ([], b"", ["bearer", "good"]),
        ([], b"", ["good", "bearer"]),
        ([(b"authorization", b"Basic abc")], b"token=good", []),
        ([], b"token=good", ["chat"]),
    ],
    ids=repr,
)
async def test_one_token_in_any_place(
    headers: list[Any], query: bytes, subprotocols: list[str]
) -> None:
    scope, _ = await handshake(*headers, query=query, subprotocols=subprotocols)

    assert scope and (scope["login"], scope["refusal"]) == ("login of good", None)


@pytest.mark.parametrize(
    ("headers", "query", "subprotocols"),
    [
        ([], b"", []),
        ([], b"token=", []),
        ([], b"token=good&token=good", []),
        ([(b"authorization", b"Bearer good")], b"token=good", []),
        ([(b"authorization", b"Bearer good"), (b"authorization", b"Bearer good")], b"", []),
        ([], b"token=good", ["bearer", "good"]),
        ([], b"", ["bearer"]),
        ([], b"", ["bearer", "good", "good"]),
        ([], b"", ["good"]),
        ([], b"access=good", []),
        ([(b"cookie", b"token=good")], b"", []),
        ([(b"authorization", b"good")], b"", []),
        ([(b"authorization", b"Token good")], b"", []),
        ([], b"&".join([b"token=good"] * 2000), []),
        ([], b"token=\xff&token=\xfe", []),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_none_or_several_tokens(
    headers: list[Any], query: bytes, subprotocols: list[str]
) -> None:
    scope, _ = await handshake(*headers, query=query, subprotocols=subprotocols)

    assert scope and scope["login"] is None
    assert scope["refusal"].code == "not_authenticated"


@pytest.mark.parametrize(("token", "code"), [("old", "token_expired"), ("odd", "internal")])
async def test_what_is_wrong_with_a_token_is_told(token: str, code: str) -> None:
    scope, _ = await handshake(query=f"token={token}".encode())

    assert scope and scope["login"] is None
    assert of(scope["refusal"]).code == code


async def test_token_is_taken_out_of_the_scope() -> None:
    scope, _ = await handshake(
        (b"authorization", b"Bearer canary"),
        query=b"token=canary",
        subprotocols=["bearer", "canary"],
    )

    assert scope and "canary" not in repr(scope)
    assert scope["subprotocols"] == ["bearer"]


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://chat.example:8000",
        "https://chat.example:8000",
        "http://CHAT.example:8000",
        ALLOWED,
    ],
)
async def test_origin_that_may_ask(origin: str | None) -> None:
    headers = [(b"origin", origin.encode())] if origin else []

    scope, sent = await handshake(*headers, query=b"token=good")

    assert scope is not None and sent == []


@pytest.mark.parametrize(
    "origins",
    [
        ["null"],
        [""],
        ["https://evil.example"],
        ["https://good.example.evil.example"],
        ["https://good.example:8443"],
        ["http://good.example"],
        ["https://chat.example"],
        ["https://chat.example:8001"],
        ["https://chat.example:8000@evil.example"],
        ["https://evil.example/chat.example:8000"],
        ["chat.example:8000"],
        ["file://chat.example:8000"],
        ["//chat.example:8000"],
        [ALLOWED, ALLOWED],
        ["http://chat.example:8000", "https://evil.example"],
        ["http://["],
        ["http://[::1"],
        ["http://\xff"],
    ],
    ids=ascii,
)
async def test_origin_that_may_not(origins: list[str]) -> None:
    headers = [(b"origin", origin.encode("latin-1", "replace")) for origin in origins]

    scope, sent = await handshake(*headers, query=b"token=good")

    assert scope is None
    assert sent == [{"type": "websocket.close"}]  # before accepting: HTTP 403


async def test_second_host_header_is_refused() -> None:
    scope, _ = await handshake(
        (b"host", b"evil.example"), (b"origin", b"http://evil.example"), query=b"token=good"
    )

    assert scope is None
