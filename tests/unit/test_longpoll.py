"""Long polling around a fake Django: what it answers, when it asks again, whom it forgets.

Register after the first look instead of before it, and news that comes between the two is lost.
"""

import asyncio
from typing import Any

import pytest

from backend.api import longpoll
from backend.api.longpoll import WAIT_HEADER, LongPolling
from backend.chat.waiting import rooms, wake

from .fakes import until

PATH = "/api/rooms/7/events/"


class FakeDjango:
    """Answers `news`; while there is none, that the client waits. Counts how often it is asked."""

    def __init__(self, seconds: float = 5, user: int = 1) -> None:
        self.news = ""
        self.asked = 0
        self.seconds, self.user = seconds, user
        self.during: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        assert await receive() == {"type": "http.request", "body": b"", "more_body": False}
        answer = self.news
        if self.during:
            self.during()
        headers = [(b"content-type", b"application/json")]
        if not answer:
            headers.append((WAIT_HEADER.encode(), f"{self.user} {self.seconds}".encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer.encode()})


class Client:
    """One request: its answer, and the way to break off."""

    def __init__(self, app: LongPolling, *, query: bytes = b"wait=5", **scope: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        made = {"path": PATH, "method": "GET", "query_string": query, "type": "http", **scope}
        self.task = asyncio.create_task(app(made, self.receive, self.send))
        self.asked = False

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def body(self) -> str:
        return str(self.sent[1]["body"].decode())


async def test_news_that_is_there_is_answered_at_once() -> None:
    django = FakeDjango()
    django.news = "old"

    client = Client(LongPolling(django))
    await asyncio.wait_for(client.task, 1)

    assert (client.body, django.asked) == ("old", 1)


async def test_waiting_ends_with_the_news() -> None:
    django = FakeDjango()
    client = Client(LongPolling(django))
    await until(lambda: 7 in rooms())
    await asyncio.sleep(0.02)
    assert client.sent == []

    django.news = "fresh"
    wake(7)
    await asyncio.wait_for(client.task, 1)

    assert (client.body, django.asked) == ("fresh", 2)
    assert set(rooms()) == set()


async def test_wake_of_which_nothing_is_to_be_seen_waits_on() -> None:
    django = FakeDjango()
    client = Client(LongPolling(django))
    await until(lambda: django.asked == 1)
    await asyncio.sleep(0.02)

    wake(7)
    await until(lambda: django.asked == 2)
    await asyncio.sleep(0.02)
    assert client.sent == []
    django.news = "at last"
    wake(7)

    await asyncio.wait_for(client.task, 1)
    assert client.body == "at last"


async def test_news_during_the_first_look_is_not_lost() -> None:
    django = FakeDjango()

    def happen() -> None:
        django.news, django.during = "between", None
        wake(7)

    django.during = happen
    client = Client(LongPolling(django))
    await asyncio.wait_for(client.task, 1)

    assert client.body == "between"


async def test_end_of_the_time_answers_nothing_new() -> None:
    client = Client(LongPolling(FakeDjango(seconds=0.05)))
    await asyncio.wait_for(client.task, 1)

    assert client.body == ""
    assert client.sent[0]["headers"] == [(b"content-type", b"application/json")]


async def test_client_that_is_gone_is_answered_nothing_and_forgotten() -> None:
    app = LongPolling(FakeDjango())
    client = Client(app)
    await until(lambda: 7 in rooms())
    await asyncio.sleep(0.02)

    client.gone.set()
    await asyncio.wait_for(client.task, 1)

    assert client.sent == []
    assert (set(rooms()), app.waits.total()) == (set(), 0)


@pytest.mark.parametrize(
    "scope",
    [
        {"path": "/api/rooms/7/"},
        {"path": "/api/rooms/x/events/"},
        {"path": "/api/rooms/7/events/more/"},
        {"method": "POST"},
        {"query": b"after_seq=5"},
        {"query": b""},
    ],
    ids=repr,
)
async def test_other_requests_pass_untouched(scope: dict[str, Any]) -> None:
    django = FakeDjango()
    client = Client(LongPolling(django), **scope)
    await asyncio.wait_for(client.task, 1)

    assert django.asked == 1 and len(client.sent) == 2


async def test_one_person_waits_a_few_times_at_most() -> None:
    django = FakeDjango(user=1)
    app = LongPolling(django)
    waiting = [Client(app) for _ in range(longpoll.WAITS_PER_USER)]
    await until(lambda: app.waits["1"] == longpoll.WAITS_PER_USER)

    one_more = Client(app)
    await asyncio.wait_for(one_more.task, 1)
    assert one_more.body == ""

    django.user = 2
    other = Client(app)
    await until(lambda: app.waits["2"] == 1)
    for client in (*waiting, other):
        client.gone.set()
    await asyncio.gather(*(client.task for client in (*waiting, other)))
    assert app.waits == {}


async def test_one_process_holds_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(longpoll, "WAITS_PER_PROCESS", 1)
    django = FakeDjango()
    app = LongPolling(django)
    first = Client(app)
    await until(lambda: app.waits.total() == 1)

    django.user = 2
    second = Client(app)
    await asyncio.wait_for(second.task, 1)

    assert second.body == "" and first.sent == []
    first.gone.set()
    await first.task


async def test_django_that_fails_leaves_nobody_behind() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    app = LongPolling(failing)
    client = Client(app)
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(client.task, 1)

    assert (set(rooms()), app.waits.total()) == (set(), 0)
