"""People: register, log in, change what others see, go."""

from typing import NamedTuple, Self
from uuid import UUID

from django.contrib.auth import authenticate as check_password_of
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.db.models import Q, QuerySet

from . import sessions, text
from .database import atomic
from .errors import Conflict, Invalid, NotAuthenticated, NotFound
from .models import User

USERNAME_CHARACTERS, USERNAME_KEY_CHARACTERS = 150, 600
PASSWORD_CHARACTERS = 128
EMAIL_CHARACTERS = 254
ANONYMOUS = "deleted-"
_valid_username = UnicodeUsernameValidator()


class Person(NamedTuple):
    """Somebody as others see them, for where a `User` would cost more than it gives."""

    pk: int
    username: str
    display_name: str

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(user.pk, user.username, user.display_name)


def register(*, username: str, password: str, email: str = "", display_name: str = "") -> User:
    """Make an account. Raises `Conflict` when the name is taken, `Invalid` for a weak password."""
    text.checked(username, limit=USERNAME_CHARACTERS, field="username")
    if text.key(username).startswith(ANONYMOUS):
        raise Invalid("Such names stand for closed accounts.", field="username")
    if len(text.key(username)) > USERNAME_KEY_CHARACTERS:
        raise Invalid("This name is too long.", field="username")
    try:
        _valid_username(username)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="username") from error
    user = User(
        username=username, email=_checked_email(email), display_name=_checked_display(display_name)
    )
    _check_new_password(password, user=user)
    user.set_password(password)
    try:
        with atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("This username is taken.", field="username") from error
    return user


def log_in(*, username: str, password: str) -> User:
    """The account of these credentials; it takes as long for a name that does not exist."""
    if len(username) > USERNAME_CHARACTERS or len(password) > PASSWORD_CHARACTERS:
        raise NotAuthenticated("No active account has these credentials.")
    user = check_password_of(username=username, password=password)
    if not isinstance(user, User):
        raise NotAuthenticated("No active account has these credentials.")
    return user


def change(*, user: User, display_name: str | None = None, email: str | None = None) -> User:
    changed = []
    if display_name is not None:
        user.display_name = _checked_display(display_name)
        changed.append("display_name")
    if email is not None:
        user.email = _checked_email(email)
        changed.append("email")
    if changed:
        user.save(update_fields=changed)
    return user


def named(*, username: str) -> User:
    """The active account of this username, whatever the case of its letters."""
    found = User.objects.filter(username_key=text.key(username), is_active=True).first()
    if found is None:
        raise NotFound("There is nobody of this name.", field="username")
    return found


def search(*, beginning: str) -> QuerySet[User]:
    """Active people whose username or display name begins like this; nobody, by no beginning."""
    key = text.key(beginning)
    if not key:
        return User.objects.none()
    return User.objects.filter(
        Q(username_key__startswith=key) | Q(display_key__startswith=key), is_active=True
    )


def change_password(*, user: User, session: UUID, old: str, new: str) -> User:
    """Set a new password. Every other login ends; tokens made before it stop counting."""
    check_own_password(user=user, password=old, field="old_password")
    _check_new_password(new, user=user, field="new_password")
    with atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        sessions.end_all(user=user, but=session)
    return user


def check_own_password(*, user: User, password: str, field: str = "password") -> None:
    if len(password) > PASSWORD_CHARACTERS or not user.check_password(password):
        raise Invalid("This is not the password.", field=field)


def make_anonymous(*, user: User) -> None:
    """Nobody can log in any more, or tell who it was."""
    with atomic():
        user.username = f"{ANONYMOUS}{user.pk}"
        user.display_name = user.email = ""
        user.set_unusable_password()
        user.is_active = user.is_staff = user.is_superuser = False
        user.save()
        sessions.end_all(user=user)


def deactivate(*, user: User) -> None:
    """Close the door: no more logins, and those that are open end."""
    with atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        sessions.end_all(user=user)


def in_order(*, pks: set[int]) -> QuerySet[User]:
    return User.objects.filter(pk__in=pks).order_by("username_key")


def _check_new_password(password: str, *, user: User, field: str = "password") -> None:
    text.checked(password, limit=PASSWORD_CHARACTERS, field=field)
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from error


def _checked_display(name: str) -> str:
    checked = text.checked(
        name, limit=text.DISPLAY_NAME_CHARACTERS, field="display_name", blank=True
    )
    return " ".join(checked.split())


def _checked_email(email: str) -> str:
    if email:
        text.checked(email, limit=EMAIL_CHARACTERS, field="email")
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid("This is no e-mail address.", field="email") from error
    return email
