"""Long polling beside Django: a waiting request holds neither a thread nor a connection.

Django answers first. Where it has nothing yet, it says so in a header, and the question is asked
again when the room has news, or answered as it is when the time is over.
"""

import asyncio
import re
import time
from collections import Counter
from typing import Any

from backend.chat.waiting import waiting_for

WAIT_HEADER = "Parley-Wait"
WAITS_PER_USER, WAITS_PER_PROCESS = 5, 5000
_PATH = re.compile(r"/api/rooms/([0-9]{1,18})/events/")
_header = WAIT_HEADER.lower().encode()


class LongPolling:
    """ASGI middleware around Django for `GET /api/rooms/{pk}/events/?wait=`."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.waits: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        match = _PATH.fullmatch(scope["path"])
        if scope["method"] != "GET" or match is None or b"wait=" not in scope["query_string"]:
            await self.app(scope, receive, send)
            return
        news = asyncio.Event()
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            # Registered before the first look, so that nothing falls between the two.
            with waiting_for(int(match[1]), news.set):
                answer = await self._answer(scope, news, gone)
            if answer is not None:
                await answer.send(send)
        finally:
            gone.cancel()

    async def _answer(
        self, scope: Any, news: asyncio.Event, gone: asyncio.Future[Any]
    ) -> "Answer | None":
        answer = await self._ask(scope)
        if answer.wait is None:
            return answer
        user, seconds = answer.wait
        if self.waits[user] >= WAITS_PER_USER or self.waits.total() >= WAITS_PER_PROCESS:
            return answer
        self.waits[user] += 1
        deadline = time.monotonic() + seconds
        try:
            while answer.wait is not None and (left := deadline - time.monotonic()) > 0:
                if not await _first(news, gone, timeout=left):
                    return None
                if not news.is_set():
                    break
                news.clear()
                answer = await self._ask(scope)
        finally:
            self.waits[user] -= 1
            if not self.waits[user]:
                del self.waits[user]
        return answer

    async def _ask(self, scope: Any) -> "Answer":
        answer = Answer()
        await self.app(dict(scope), _empty_body(), answer.collect)
        return answer


class Answer:
    """Django's response, held back."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.wait: tuple[str, float] | None = None

    async def collect(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            for name, value in message["headers"]:
                if name.lower() == _header:
                    user, seconds = value.decode().split()
                    self.wait = user, float(seconds)
            kept = [pair for pair in message["headers"] if pair[0].lower() != _header]
            message = {**message, "headers": kept}
        self.messages.append(message)

    async def send(self, send: Any) -> None:
        for message in self.messages:
            await send(message)


async def _first(news: asyncio.Event, gone: asyncio.Future[Any], *, timeout: float) -> bool:
    """Wait for news, the client's going, or the time; False when the client is gone."""
    waiter: asyncio.Future[Any] = asyncio.ensure_future(news.wait())
    try:
        await asyncio.wait([waiter, gone], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
    return not gone.done()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _empty_body() -> Any:
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()  # Django listens for a disconnect until it has answered
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive
