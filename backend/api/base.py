"""What every view stands on: requests that are checked and described in one place."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiResponse, extend_schema
from msgspec import Struct
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.chat.errors import Invalid, TooLarge
from backend.chat.limits import Limit
from backend.chat.models import User
from backend.contract import answers
from backend.contract.checking import check
from backend.contract.requests import Nothing
from backend.contract.tokens import Login

from .bodies import TOO_LARGE
from .schema import query_parameters

# What any request may meet, beside the answers that an endpoint names.
_COMMON = {
    status: OpenApiResponse(answers.Errors) for status in (400, 401, 403, 404, 409, 429, 503)
}


class View(APIView):
    """A view whose methods are `endpoint`s. `self.user` is the caller, by `self.login`."""

    @property
    def scope(self) -> dict[str, Any]:
        """The request's ASGI scope; empty under a test client."""
        return getattr(self.request._request, "scope", {})

    @property
    def user(self) -> User:
        return self.login.user

    @property
    def login(self) -> Login:
        return self.request.auth  # type: ignore[return-value]


class OpenView(View):
    """For those who have no login yet; they are known by their `address`."""

    authentication_classes = ()
    permission_classes = ()

    @property
    def address(self) -> str:
        return str(self.request.META["REMOTE_ADDR"])


def endpoint(
    *,
    answers: Mapping[int, type[Struct] | None],
    body: type[Struct] | None = None,
    query: type[Struct] | None = None,
    limit: Limit | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare a view method once: for checking what comes, for the schema, and for the answer.

    The method gets `body` and `query` as checked Structs beside the path's arguments, and returns
    its answer, or `(status, answer)` where there are several.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(method)
        def handle(self: View, request: Request, **kwargs: Any) -> Response:
            if self.scope.get(TOO_LARGE):
                raise TooLarge
            if limit is not None:
                limit.check(self.user.pk)
            if body is not None:
                kwargs["body"] = check(request.data, body)
            elif request.method not in SAFE_METHODS and request.data:
                check(request.data, Nothing)
            if query is not None:
                kwargs["query"] = check(_single_values(request.query_params), query, from_text=True)
            elif request.query_params:
                raise Invalid("Unknown parameter.", field=next(iter(request.query_params)))
            answer = method(self, **kwargs)
            if isinstance(answer, Response):
                return answer
            status, data = answer if isinstance(answer, tuple) else (next(iter(answers)), answer)
            return Response(data, status=status)

        documented = {status: OpenApiResponse(shape) for status, shape in answers.items()}
        view, verb = method.__qualname__.split(".")
        return extend_schema(
            operation_id=f"{verb}{view}",
            request={"application/json": body} if body else None,
            parameters=query_parameters(query) if query else [],
            responses={**_COMMON, **documented},
        )(handle)

    return decorate


def _single_values(params: QueryDict) -> dict[str, str]:
    for name, values in params.lists():
        if len(values) > 1:
            raise Invalid("Give this parameter once.", field=name)
    return params.dict()  # type: ignore[return-value]
