"""What goes wrong becomes what a client sees; what nobody foresaw tells nothing.

Let `of` put the text of an unknown exception into `detail`, and a secret in it reaches the client.
"""

import logging
from collections.abc import Iterator

import pytest
from django.db import DataError, OperationalError

from backend.chat import errors as chat
from backend.contract import errors
from backend.contract.json import MalformedJSON


def leaves(kind: type[chat.ChatError]) -> Iterator[type[chat.ChatError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from leaves(child)


def test_every_error_of_the_tree_has_a_status() -> None:
    assert {kind.code for kind in leaves(chat.ChatError)} == set(errors.STATUS)


@pytest.mark.parametrize(
    ("error", "code", "retry_after_ms"),
    [
        (chat.NotAMember(), "not_a_member", None),
        (MalformedJSON("no JSON"), "malformed", None),
        (OperationalError("connection refused"), "unavailable", 1000),
        (TimeoutError(), "unavailable", 1000),
        (DataError("out of range"), "internal", None),
        (KeyError("x"), "internal", None),
    ],
)
def test_of(error: Exception, code: str, retry_after_ms: int | None) -> None:
    known = errors.of(error)

    assert (known.code, known.retry_after_ms) == (code, retry_after_ms)


def test_of_what_nobody_foresaw_tells_the_client_nothing(caplog: pytest.LogCaptureFixture) -> None:
    known = errors.of(RuntimeError("canary"))

    assert "canary" not in known.detail
    assert caplog.records[0].levelno == logging.ERROR
    assert "RuntimeError" in caplog.text


def test_of_a_database_error_logs_no_text(caplog: pytest.LogCaptureFixture) -> None:
    errors.of(DataError("canary"))
    errors.of(OperationalError("canary"))

    assert "canary" not in caplog.text
