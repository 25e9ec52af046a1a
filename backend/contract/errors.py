"""The one table that turns what went wrong into what a client sees."""

import logging
from typing import Any

import msgspec
from django.db import DatabaseError, InterfaceError, OperationalError
from msgspec import UNSET

from backend.chat import errors as chat

from . import answers
from .json import MalformedJSON

logger = logging.getLogger(__name__)

STATUS = {
    "invalid": 400,
    "unknown_action": 400,
    "malformed": 400,
    "not_authenticated": 401,
    "token_expired": 401,
    "forbidden": 403,
    "not_a_member": 403,
    "muted": 403,
    "banned": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "resync_required": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}


class Malformed(chat.ChatError):
    """What came is no request at all."""

    code = "malformed"
    detail = "This is not a JSON object as described in the protocol."


class UnknownAction(chat.ChatError):
    code = "unknown_action"
    detail = "There is no such action."


class MethodNotAllowed(chat.ChatError):
    code = "method_not_allowed"
    detail = "This address does not take this method."


class UnsupportedMediaType(chat.ChatError):
    code = "unsupported_media_type"
    detail = "Send application/json."


def of(error: Exception) -> chat.ChatError:
    """The error of the tree that stands for any exception; what nobody foresaw is logged."""
    if isinstance(error, chat.ChatError):
        return error
    if isinstance(error, MalformedJSON):
        return Malformed(str(error))
    if isinstance(error, OperationalError | InterfaceError | TimeoutError) or _is_replaced(error):
        # A busy, restarting, exhausted or replaced database passes by itself.
        logger.warning("database unavailable: %s", type(error).__name__)
        return chat.Unavailable()
    # The text of a database error can hold what a person wrote, so only its kind is logged.
    logger.error(
        "unexpected %s",
        type(error).__name__,
        exc_info=None if isinstance(error, DatabaseError) else error,
    )
    return chat.ChatError()


def _is_replaced(error: Exception) -> bool:
    """Whether the database took no write: another one is the primary now (SQLSTATE 25006)."""
    return getattr(error.__cause__, "sqlstate", None) == "25006"


def status(error: chat.ChatError) -> int:
    return STATUS[error.code]


def shape(error: chat.ChatError) -> answers.Error:
    retry = UNSET if error.retry_after_ms is None else error.retry_after_ms
    return answers.Error(error.code, error.detail, error.field, retry)


def body(error: chat.ChatError) -> dict[str, Any]:
    """The REST body: `{"errors": […]}`, with the `data` that some errors carry beside it."""
    answer: dict[str, Any] = {"errors": [msgspec.to_builtins(shape(error))]}
    return answer if error.data is None else {**answer, "data": error.data}
