"""What each line of the log says of where it came from: which request or socket, and whose."""

from contextvars import ContextVar
from typing import Any

_fields: ContextVar[dict[str, Any]] = ContextVar("log_context")


def begin(fields: dict[str, Any]) -> None:
    """From here on lines have these fields, in this task or thread and in what it starts."""
    _fields.set(fields)


def bind(**fields: Any) -> None:
    """Add what became known meanwhile; outside of a request or socket it changes nothing."""
    current().update(fields)


def current() -> dict[str, Any]:
    return _fields.get({})
