"""A socket's beginning and end: two lines in the access log, and one more close in the metrics."""

import logging
import time

from backend.chat.models import User
from backend.contract import log_context

from . import metrics

access = logging.getLogger("parley.access")


def opened(user: User) -> float:
    """For a socket that is let in; `ended` wants to know what is returned."""
    log_context.bind(user=user.pk)
    access.info("socket opened")
    return time.monotonic()


def ended(code: int, opened_at: float | None = None) -> None:
    metrics.closed(code)
    seconds = 0.0 if opened_at is None else round(time.monotonic() - opened_at, 1)
    access.info("socket closed", extra={"fields": {"code": code, "seconds": seconds}})
