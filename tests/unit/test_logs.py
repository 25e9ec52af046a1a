"""Lines of the log, and what becomes of exceptions that nobody foresaw.

Format exceptions as `logging` does, and what they say is in the log; drop `log_context.begin` in
`realtime/database.py`, and what the domain logs names no socket.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from backend.chat import messages
from backend.config.access import Identified
from backend.config.asgi import application  # here, since it sets logging up anew
from backend.config.logs import JSON, Text
from backend.contract import log_context, tokens
from backend.realtime.consumers import RoomConsumer
from backend.realtime.database import run
from backend.realtime.protocol import parse

from .fakes import FakeConnection

SECRET = "canary-said-by-an-exception"


def record(message: str = "hello", *args: Any, error: BaseException | None = None) -> Any:
    about = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("a.logger", logging.ERROR, __file__, 1, message, args, about)


def raised() -> BaseException:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        return error


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged meanwhile, as JSON would have it."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(self.format(record)))

    handler = Keep()
    handler.setFormatter(JSON())
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


@pytest.fixture(autouse=True)
def context() -> None:
    log_context.begin({})


# -- lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["two\nlines", "\r\n", '"quoted" \\', "\ud800", "ünï"])
@pytest.mark.parametrize("formatter", [Text(), JSON()])
def test_record_is_one_line(formatter: Text, message: str) -> None:
    assert len(formatter.format(record("%s", message)).splitlines()) == 1


def test_json_line_has_its_fields() -> None:
    log_context.begin({"socket_id": "s"})
    log_context.bind(user=7)

    line = json.loads(JSON().format(record("%d of %d", 1, 2)))

    assert line.pop("time").endswith("+00:00")
    assert line.pop("pid") > 0
    assert line == {
        "level": "ERROR",
        "logger": "a.logger",
        "message": "1 of 2",
        "socket_id": "s",
        "user": 7,
    }


def test_text_line_ends_with_its_fields() -> None:
    log_context.begin({"request_id": "r"})
    made = record()
    made.fields = {"status": 200}

    assert Text().format(made).endswith(" ERROR a.logger: hello status=200 request_id=r")


@pytest.mark.parametrize("formatter", [Text(), JSON()])
def test_exception_is_told_by_kind_and_place(formatter: Text) -> None:
    line = formatter.format(record(error=raised()))

    assert SECRET not in line
    assert line.index("builtins.KeyError") < line.index("builtins.ValueError")
    assert line.count("in raised") == 2
    assert "Traceback (most recent call last)" in line  # what searches of logs look for


def test_exception_is_told_whole_where_one_develops() -> None:
    assert SECRET in Text(details=True).format(record(error=raised()))


# -- ids -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [b"a\nb", b"a\r\nSet-Cookie: x=1", b"\x00", b"x" * 10_000, b"", b"abc\n"]
)
async def test_id_that_could_break_a_line_is_replaced(given: bytes) -> None:
    """A server in front may let through what uvicorn would not."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", given)]}
    await Identified(app)(scope, None, send)

    ((_, request_id),) = sent[0]["headers"]
    assert len(request_id) == 32
    assert request_id == log_context.current()["request_id"].encode()


async def test_domain_in_a_database_thread_names_the_socket(committed: None) -> None:
    log_context.begin({"socket_id": "s"})
    assert await run(log_context.current) == {"socket_id": "s"}
    log_context.begin({})
    assert await run(log_context.current) == {}


# -- what nobody foresaw ---------------------------------------------------------------------


def failing(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError(SECRET)


async def test_unforeseen_error_of_a_request_is_logged_with_its_id(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "verify", failing)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/api/auth/token/verify/", json={"token": SECRET})

    assert answer.status_code == 500
    assert [error["code"] for error in answer.json()["errors"]] == ["internal"]
    assert SECRET not in answer.text + json.dumps(lines)
    (unforeseen,) = [line for line in lines if line["logger"] == "backend.contract.errors"]
    assert unforeseen["message"] == "unexpected RuntimeError"
    assert "in failing" in unforeseen["exception"]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-ID"]}


async def test_unforeseen_error_at_a_socket_is_logged_with_its_id(
    committed: None, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection(FakeConnection):
        def count_frame(self) -> None: ...

    monkeypatch.setattr(messages, "edit", failing)
    consumer = RoomConsumer()
    consumer.connection = Connection()  # type: ignore[assignment]
    log_context.begin({"socket_id": "s", "user": 1})

    frame = {"action": "update_message", "request_id": 5, "pk": 1, "message": SECRET}
    await consumer.handle_frame(parse(json.dumps(frame)))

    (reply,) = consumer.connection.told  # type: ignore[attr-defined]
    assert reply["response_status"] == 500
    assert [error["code"] for error in reply["errors"]] == ["internal"]
    assert SECRET not in json.dumps([reply, *lines])
    (line,) = lines
    assert "in failing" in line["exception"]
    assert (line["socket_id"], line["user"]) == ("s", 1)
