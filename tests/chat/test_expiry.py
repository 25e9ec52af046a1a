"""Rows that nobody can use any more are removed, and no other."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from backend.chat import expiry, sessions, tickets
from backend.chat.models import Session, Ticket, User

MOMENT = timedelta(minutes=1)


def begin(user: User, *, expires_in: timedelta, ended_for: timedelta | None = None) -> UUID:
    now = timezone.now()
    sid = sessions.begin(
        user=user, sid=uuid4(), refresh_jti="first", expires_at=now + expires_in
    ).sid
    if ended_for is not None:
        Session.objects.filter(sid=sid).update(ended_at=now - ended_for)
    return sid


def test_sessions_are_kept_for_a_while_after_their_end(alice: User) -> None:
    kept = [
        begin(alice, expires_in=MOMENT),
        begin(alice, expires_in=-sessions.KEPT + MOMENT),
        begin(alice, expires_in=MOMENT, ended_for=sessions.KEPT - MOMENT),
    ]
    begin(alice, expires_in=-sessions.KEPT - MOMENT)
    begin(alice, expires_in=MOMENT, ended_for=sessions.KEPT + MOMENT)

    assert expiry.clear() == 2

    assert set(Session.objects.values_list("sid", flat=True)) == set(kept)


def test_tickets_are_removed_when_their_time_is_over(alice: User) -> None:
    sid = begin(alice, expires_in=MOMENT)
    tickets.issue(sid=sid, login_expires_at=timezone.now())
    Ticket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    fresh = tickets.issue(sid=sid, login_expires_at=timezone.now())

    assert expiry.clear() == 1

    assert tickets.use(ticket=fresh)[0].sid == sid
    assert not Ticket.objects.exists()


def test_session_takes_its_tickets_along(alice: User) -> None:
    sid = begin(alice, expires_in=MOMENT)
    tickets.issue(sid=sid, login_expires_at=timezone.now())
    long_ago = timezone.now() - sessions.KEPT - MOMENT
    Session.objects.filter(sid=sid).update(ended_at=long_ago)

    expiry.clear()

    assert (Session.objects.count(), Ticket.objects.count()) == (0, 0)


def test_clearing_twice_is_fine(alice: User) -> None:
    begin(alice, expires_in=-sessions.KEPT - MOMENT)

    assert (expiry.clear(), expiry.clear()) == (1, 0)
