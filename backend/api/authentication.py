"""Who calls: a JWT in the Authorization header."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from backend.chat.errors import NotAuthenticated
from backend.chat.models import User
from backend.contract import log_context, tokens


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` is the checked `Login`."""

    def authenticate(self, request: Request) -> tuple[User, tokens.Login] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if not scheme:
            return None
        if scheme.lower() != b"bearer" or not token:
            raise NotAuthenticated("Send Authorization: Bearer <access token>.")
        login = tokens.authenticate(token.strip().decode("latin-1"))
        log_context.bind(user=login.user.pk)
        return login.user, login

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
