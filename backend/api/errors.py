"""Errors at the REST door: everything becomes `{"errors": […]}` with the contract's codes."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from backend.chat import errors as chat
from backend.contract import errors, json


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER."""
    known = _of_drf(error)
    response = Response(errors.body(known), status=errors.status(known), headers=_headers(known))
    if known.code in ("not_authenticated", "token_expired"):
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def plain(error: chat.ChatError) -> HttpResponse:
    """The same answer outside of DRF: for paths and methods that no view takes."""
    return HttpResponse(
        json.encode(errors.body(error)),
        status=errors.status(error),
        content_type="application/json",
        headers=_headers(error),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return plain(_not_valid())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return plain(chat.Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return plain(chat.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return plain(chat.ChatError())


def _of_drf(error: Exception) -> chat.ChatError:
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return chat.NotAuthenticated()
    if isinstance(error, drf.PermissionDenied):
        return chat.Forbidden()
    if isinstance(error, drf.NotFound):
        return chat.NotFound()
    if isinstance(error, drf.MethodNotAllowed):
        return errors.MethodNotAllowed()
    if isinstance(error, drf.UnsupportedMediaType):
        return errors.UnsupportedMediaType()
    if isinstance(error, RequestDataTooBig):
        return chat.TooLarge()
    if isinstance(error, SuspiciousOperation):  # more names in a query than anybody means
        return _not_valid()
    if isinstance(error, drf.APIException):
        return errors.Malformed() if error.status_code == 400 else chat.ChatError()
    return errors.of(error)


def _not_valid() -> chat.Invalid:
    return chat.Invalid("This request is not valid.")


def _headers(error: chat.ChatError) -> dict[str, str]:
    if error.retry_after_ms is None:
        return {}
    return {"Retry-After": str(-(-error.retry_after_ms // 1000))}
