"""JSON web tokens: simplejwt's access and refresh tokens, with the session's `sid` in both.

The checks that simplejwt keeps in its request authentication (account active, password unchanged)
are made here, so that a socket gets them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    ExpiredTokenError,
    TokenBackendError,
    TokenBackendExpiredToken,
    TokenError,
)
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from backend.chat import accounts, sessions, tickets
from backend.chat.errors import ChatError, NotAuthenticated, TokenExpired
from backend.chat.models import User

from .answers import TokenPair

LONGEST = 8192


@dataclass(frozen=True)
class Login:
    """A checked access token: who, by which session, until when (seconds since 1970)."""

    user: User
    sid: UUID
    expires_at: float


class _Backend(TokenBackend):
    """Signs with the present key; takes what an earlier key signed, while keys are changed."""

    def __init__(self) -> None:
        self._earlier = [_backend(key) for key in settings.JWT_PREVIOUS_KEYS]
        super().__init__(**_options(api_settings.SIGNING_KEY, api_settings.VERIFYING_KEY))

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        for backend in self._earlier:
            try:
                return backend.decode(token, verify)
            except TokenBackendExpiredToken:
                raise
            except TokenBackendError:
                continue
        return super().decode(token, verify)


def _backend(key: str) -> TokenBackend:
    """For one earlier key: the secret of HS*, else the public key."""
    return TokenBackend(**_options(key, key))


def _options(signing_key: str, verifying_key: str) -> dict[str, Any]:
    return {
        "algorithm": api_settings.ALGORITHM,
        "signing_key": signing_key,
        "verifying_key": verifying_key,
        "leeway": api_settings.LEEWAY,
    }


class Access(AccessToken):
    _token_backend = _Backend()


class Refresh(RefreshToken):
    _token_backend = Access._token_backend
    access_token_class = Access


def issue(*, user: User) -> TokenPair:
    """Begin a session and answer its first pair."""
    refresh = Refresh.for_user(user)
    sid = uuid4()
    refresh["sid"] = str(sid)
    sessions.begin(user=user, sid=sid, refresh_jti=refresh["jti"], expires_at=_expiry(refresh))
    return _pair(refresh)


def rotate(*, refresh: str, begun: datetime | None = None) -> TokenPair:
    """A new pair for the same session; the given refresh token is dead afterwards.

    `begun`: when the request came, by which a race is told from a stolen token.
    """
    begun = begun or timezone.now()
    old = _decoded(Refresh, refresh)
    _checked_user(old, sessions.current(sid=_sid(old)).user)
    new = _decoded(Refresh, refresh)
    new.set_jti()
    new.set_exp()
    new.set_iat()
    sessions.rotate(
        sid=_sid(old),
        old_jti=old["jti"],
        new_jti=new["jti"],
        expires_at=_expiry(new),
        begun=begun,
    )
    return _pair(new)


def change_password(*, login: Login, old: str, new: str) -> TokenPair:
    """Change the password; the caller's session alone goes on, with the new pair."""
    user = accounts.change_password(user=login.user, session=login.sid, old=old, new=new)
    refresh = Refresh.for_user(user)
    refresh["sid"] = str(login.sid)
    sessions.replace(sid=login.sid, refresh_jti=refresh["jti"], expires_at=_expiry(refresh))
    return _pair(refresh)


def authenticate(access: str) -> Login:
    """Check an access token. Raises `TokenExpired` or `NotAuthenticated`. One query."""
    (found,) = authenticate_all([access])
    if isinstance(found, ChatError):
        raise found
    return found


def authenticate_all(accesses: Sequence[str]) -> list[Login | ChatError]:
    """`authenticate` for many, with one query for all."""
    decoded: list[tuple[Any, UUID] | ChatError] = []
    for access in accesses:
        try:
            token = _decoded(Access, access)
            decoded.append((token, _sid(token)))
        except ChatError as error:
            decoded.append(error)
    people = sessions.people_of({d[1] for d in decoded if not isinstance(d, ChatError)})
    return [d if isinstance(d, ChatError) else _login(*d, people.get(d[1])) for d in decoded]


def _login(token: Any, sid: UUID, user: User | None) -> Login | ChatError:
    if user is None:
        return NotAuthenticated("This login has ended.")
    try:
        return Login(_checked_user(token, user), sid, float(token["exp"]))
    except ChatError as error:
        return error


def authenticate_ticket(ticket: str) -> Login:
    """Use up a ticket; the login lasts as long as the access token that asked for it."""
    session, until = tickets.use(ticket=ticket)
    return Login(session.user, session.sid, until.timestamp())


def verify(token: str) -> None:
    """Check a token of either type as its use would."""
    try:
        authenticate(token)
    except TokenExpired:
        raise
    except NotAuthenticated:
        refresh = _decoded(Refresh, token)
        session = sessions.current(sid=_sid(refresh))
        _checked_user(refresh, session.user)
        if session.refresh_jti != refresh["jti"]:
            raise NotAuthenticated("This refresh token was used.") from None


def log_out(*, refresh: str) -> None:
    """End the session of this refresh token. An older one of the session ends it as well."""
    sessions.end(sid=_sid(_decoded(Refresh, refresh)))


def _pair(refresh: RefreshToken) -> TokenPair:
    return TokenPair(str(refresh.access_token), str(refresh))


def _decoded(kind: type[Token], raw: str) -> Any:
    if len(raw) > LONGEST:
        raise NotAuthenticated("This token is not valid.")
    try:
        return kind(raw)  # type: ignore[arg-type]  # its annotation wants a Token, it takes text
    except ExpiredTokenError as error:
        raise TokenExpired from error
    except TokenError as error:
        raise NotAuthenticated("This token is not valid.") from error
    except Exception as error:  # odd claims make simplejwt raise whatever they lead to
        raise NotAuthenticated("This token is not valid.") from error


def _sid(token: Token) -> UUID:
    try:
        return UUID(token["sid"])
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise NotAuthenticated("This token names no session.") from error


def _checked_user(token: Token, user: User) -> User:
    if str(token.get(api_settings.USER_ID_CLAIM)) != str(user.pk):
        raise NotAuthenticated("This token is not valid.")
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise NotAuthenticated("The password was changed.")
    return user


def _expiry(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], tz=UTC)
