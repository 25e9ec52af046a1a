"""People and their logins."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone

from backend.chat import text


class UserManager(DjangoUserManager["User"]):
    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=text.key(username or ""))


class User(AbstractUser):
    """A person. `username_key` makes usernames unique whatever the case of their letters."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username_key = models.CharField(max_length=600, unique=True, editable=False)
    display_name = models.CharField(max_length=text.DISPLAY_NAME_CHARACTERS, blank=True)
    display_key = models.CharField(
        max_length=4 * text.DISPLAY_NAME_CHARACTERS, blank=True, db_index=True, editable=False
    )

    objects = UserManager()  # type: ignore[misc]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username_key = text.key(self.username)
        self.display_key = text.key(self.display_name)[: 4 * text.DISPLAY_NAME_CHARACTERS]
        if "display_name" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = [*kwargs["update_fields"], "display_key"]
        super().save(*args, **kwargs)


class Session(models.Model):
    """One login of one person. Its `sid` is in every token of the login, kept through rotation."""

    sid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    refresh_jti = models.CharField(max_length=64, help_text="The one refresh token that is alive.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(help_text="When the living refresh token expires.")
    rotated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["ended_at"], name="session_ended"),
            models.Index(fields=["expires_at"], name="session_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"


class Ticket(models.Model):
    """A one-use pass to the socket, for those who may not put a token into an address."""

    digest = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of the ticket.")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tickets")
    expires_at = models.DateTimeField(db_index=True)
    login_expires_at = models.DateTimeField(help_text="When the access token that asked expires.")

    def __str__(self) -> str:
        return f"for {self.session}"
