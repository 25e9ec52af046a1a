"""How a line of the log looks: text for people, JSON for programs.

Of an exception only its kind and its place are written: what it says can hold what a person wrote.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from backend.contract import log_context


class Text(logging.Formatter):
    """`2026-11-20 09:30:00,123 INFO logger: message key=value …`, one line but for tracebacks."""

    def __init__(self, *, details: bool = False) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")
        self.details = details  # exceptions with what they say, for developing

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = super().formatMessage(record) + fields
        return line.replace("\r", "\\r").replace("\n", "\\n")

    def formatException(self, ei: Any) -> str:
        return super().formatException(ei) if self.details else _where(ei[1])


class JSON(Text):
    """One object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "pid": record.process,
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {**getattr(record, "fields", {}), **log_context.current()}


def _where(error: BaseException | None) -> str:
    """A traceback, the cause first as usual, with the kinds of exceptions and not their texts."""
    parts: list[str] = []
    while error is not None:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        parts = [*traceback.format_tb(error.__traceback__), f"{kind}\n", *parts]
        parts.insert(0, "Traceback (most recent call last):\n")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(parts).rstrip("\n")
