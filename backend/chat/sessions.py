"""Logins. A session is what one login began; both of its tokens carry its `sid`."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from .database import atomic, columns, instance, select
from .errors import NotAuthenticated
from .models import Session, User

# Ended sessions are kept as long as a hub may still have to learn of them, and to be looked at.
KEPT = timedelta(days=30)


def begin(*, user: User, sid: UUID, refresh_jti: str, expires_at: datetime) -> Session:
    return Session.objects.create(
        user=user, sid=sid, refresh_jti=refresh_jti, expires_at=expires_at
    )


def current(*, sid: UUID) -> Session:
    """The living session of this `sid`, with its user. One query."""
    found = Session.objects.select_related("user").filter(
        sid=sid, ended_at__isnull=True, user__is_active=True
    )
    if (session := found.first()) is None:
        raise NotAuthenticated("This login has ended.")
    return session


def people_of(sids: Collection[UUID]) -> dict[UUID, User]:
    """Whose living sessions these are; those that have ended are left out. One query."""
    if not sids:
        return {}
    marks = ", ".join(["%s"] * len(sids))
    parameters = [_SID.get_db_prep_value(sid, connection) for sid in sids]
    rows = select((*User._meta.concrete_fields, _SID), _PEOPLE.format(sids=marks), parameters)
    return {row[-1]: instance(User, row) for row in rows}


_SID = Session._meta.get_field("sid")
# Asked before everything; to put it together by the ORM took a sixth of a page of history.
_PEOPLE = f"""
SELECT {columns(User)}, chat_session.sid
FROM chat_session JOIN chat_user ON chat_user.id = chat_session.user_id
WHERE chat_session.sid IN ({{sids}}) AND chat_session.ended_at IS NULL AND chat_user.is_active
"""  # noqa: S608


def rotate(
    *, sid: UUID, old_jti: str, new_jti: str, expires_at: datetime, begun: datetime
) -> Session:
    """Replace the living refresh token.

    Of two that try at once, one wins, and the other one (`begun` before it was done) is told no.
    A used token that comes later was stolen, or its successor was: the whole session ends.
    """
    with atomic():
        found = (
            Session.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(sid=sid, ended_at__isnull=True)
            .first()
        )
        if found is None or not found.user.is_active:
            raise NotAuthenticated("This login has ended.")
        if found.refresh_jti == old_jti:
            found.refresh_jti = new_jti
            found.expires_at = expires_at
            found.rotated_at = timezone.now()
            found.save(update_fields=["refresh_jti", "expires_at", "rotated_at"])
            return found
        if found.rotated_at is None or begun > found.rotated_at:
            Session.objects.filter(pk=found.pk).update(ended_at=Now())
    raise NotAuthenticated("This refresh token was used.")


def replace(*, sid: UUID, refresh_jti: str, expires_at: datetime) -> None:
    """Make another refresh token the living one, whichever was."""
    Session.objects.filter(sid=sid, ended_at__isnull=True).update(
        refresh_jti=refresh_jti, expires_at=expires_at, rotated_at=Now()
    )


def end(*, sid: UUID) -> None:
    """End the login; its tokens stop counting and its sockets close. Ending it twice is fine."""
    Session.objects.filter(sid=sid, ended_at__isnull=True).update(ended_at=Now())


def end_all(*, user: User, but: UUID | None = None) -> None:
    """End every login of a person, or every other one."""
    living = Session.objects.filter(user=user, ended_at__isnull=True)
    if but is not None:
        living = living.exclude(sid=but)
    living.update(ended_at=Now())


def recently_ended(*, within: timedelta) -> dict[UUID, bool]:
    """Sessions that ended `within` this time, and whether their account is active."""
    rows = Session.objects.filter(ended_at__gte=Now() - within)
    return dict(rows.values_list("sid", "user__is_active"))


def clear_expired() -> int:
    """Remove sessions that nobody can use or look for any more; answers how many."""
    gone = Session.objects.filter(Q(expires_at__lt=Now() - KEPT) | Q(ended_at__lt=Now() - KEPT))
    return gone.delete()[0]
