"""One-use tickets for the socket's address, so that no token needs to be in a URL."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models.functions import Now

from . import sessions
from .database import atomic
from .errors import NotAuthenticated
from .models import Session, Ticket

LIFETIME = timedelta(seconds=30)


def issue(*, sid: UUID, login_expires_at: datetime) -> str:
    """A ticket for the session, good once and for 30 seconds."""
    secret = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=_digest(secret),
        session=sessions.current(sid=sid),
        expires_at=Now() + LIFETIME,
        login_expires_at=login_expires_at,
    )
    return secret


def use(*, ticket: str) -> tuple[Session, datetime]:
    """The session of a ticket, and until when its login lasts. The ticket is gone afterwards."""
    with atomic():
        found = (
            Ticket.objects.select_for_update(of=("self",))
            .select_related("session")
            .filter(digest=_digest(ticket), expires_at__gte=Now())
            .first()
        )
        if found is not None:
            found.delete()
    if found is None:
        raise NotAuthenticated("This ticket was used, or is too old.")
    return sessions.current(sid=found.session.sid), found.login_expires_at


def clear_expired() -> int:
    """Remove tickets that nobody came with; answers how many."""
    return Ticket.objects.filter(expires_at__lt=Now()).delete()[0]


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode(errors="replace")).digest()
