"""The limit of request bodies, around a fake application.

Count only the first part of a body, and a large one in small parts passes.
"""

from typing import Any

import pytest
from django.conf import settings

from backend.api.bodies import TOO_LARGE, BodyLimit

LIMIT = 65_536


class FakeApp:
    """Reads its body to the end and answers its length."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.body: bytes | None = None
        self.afterwards: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.body, more = b"", True
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        self.afterwards = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def ask(
    parts: list[bytes], *, method: str = "POST", path: str = "/api/x/", breaks_off: bool = False
) -> tuple[FakeApp, list[dict[str, Any]]]:
    app, sent = FakeApp(), []
    coming = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts) or breaks_off}
        for n, part in enumerate(parts)
    ]
    coming.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await BodyLimit(app)({"path": path, "method": method}, receive, send)
    return app, sent


@pytest.mark.parametrize(
    "parts",
    [[b""], [b"x"], [b"x" * LIMIT], [b"x" * 1000] * 65, [b"x" * LIMIT, b""], [b"", b"a", b"b"]],
    ids=lambda parts: f"{len(parts)} parts of {sum(map(len, parts))}",
)
async def test_body_within_the_limit_arrives_whole(parts: list[bytes]) -> None:
    app, sent = await ask(parts)

    assert app.body == b"".join(parts)
    assert app.afterwards == {"type": "http.disconnect"}
    assert TOO_LARGE not in app.scope
    assert sent[0]["status"] == 200


@pytest.mark.parametrize(
    "parts",
    [[b"x" * (LIMIT + 1)], [b"x" * LIMIT, b"y"], [b"x" * 1000] * 66, [b"x" * LIMIT] * 50],
    ids=lambda parts: f"{len(parts)} parts of {sum(map(len, parts))}",
)
async def test_body_past_the_limit_is_dropped_and_marked(parts: list[bytes]) -> None:
    app, _ = await ask(parts)

    assert app.body == b""
    assert app.scope[TOO_LARGE] is True  # for the view to refuse, like any other request


async def test_client_that_breaks_off_is_answered_nothing() -> None:
    app, sent = await ask([b"half"], breaks_off=True)

    assert app.body is None and sent == []


async def test_body_of_a_get_never_arrives() -> None:
    app, sent = await ask([b"x"], method="GET")

    assert app.body == b"" and sent[0]["status"] == 200


async def test_body_outside_of_the_api_has_the_limit_of_django() -> None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    small, _ = await ask([b"x" * limit], path="/admin/x/")
    large, _ = await ask([b"x" * limit, b"y"], path="/admin/x/")

    assert small.body is not None and len(small.body) == limit
    assert large.body == b""
