"""Tickets for the socket's address: good once, for 30 seconds, as long as the login lasts."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.chat import accounts, sessions, tickets
from backend.chat.errors import NotAuthenticated
from backend.chat.models import Session, Ticket, User

from .people import in_threads

SOON = timedelta(minutes=5)


@pytest.fixture
def sid(alice: User) -> UUID:
    """A login of Alice's."""
    expires_at = timezone.now() + timedelta(days=1)
    return sessions.begin(user=alice, sid=uuid4(), refresh_jti="first", expires_at=expires_at).sid


def issue(sid: UUID) -> str:
    return tickets.issue(sid=sid, login_expires_at=timezone.now() + SOON)


def is_good(ticket: str) -> bool:
    try:
        tickets.use(ticket=ticket)
    except NotAuthenticated:
        return False
    return True


def test_ticket_names_its_session_and_the_end_of_its_login(alice: User, sid: UUID) -> None:
    until = timezone.now() + SOON
    ticket = tickets.issue(sid=sid, login_expires_at=until)

    session, ends_at = tickets.use(ticket=ticket)

    assert (session.sid, session.user, ends_at) == (sid, alice, until)


def test_ticket_is_good_once(sid: UUID) -> None:
    ticket = issue(sid)

    assert [is_good(ticket), is_good(ticket)] == [True, False]


def test_ticket_used_by_several_at_once_is_good_for_one(
    committed: None, alice: User, sid: UUID
) -> None:
    ticket = issue(sid)

    results = in_threads([lambda: tickets.use(ticket=ticket)] * 6)

    refused = [result for result in results if isinstance(result, NotAuthenticated)]
    assert len(refused) == 5, results


@pytest.mark.parametrize(("seconds", "good"), [(28, True), (32, False)])
def test_ticket_is_good_for_half_a_minute(sid: UUID, seconds: int, good: bool) -> None:
    ticket = issue(sid)
    [stored] = Ticket.objects.all()
    stored.expires_at -= timedelta(seconds=seconds)
    stored.save()

    assert is_good(ticket) is good


def test_ticket_of_an_ended_login_is_good_for_nothing(alice: User, sid: UUID) -> None:
    ticket, other = issue(sid), issue(sid)
    sessions.end(sid=sid)

    assert not is_good(ticket)
    with pytest.raises(NotAuthenticated):
        issue(sid)
    Session.objects.update(ended_at=None)
    accounts.deactivate(user=alice)
    Session.objects.update(ended_at=None)
    assert not is_good(other)


@pytest.mark.parametrize("ticket", ["", "nonsense", "x" * 100_000, "\0", "\ud800", "ß"])
def test_what_was_never_a_ticket_is_refused(sid: UUID, ticket: str) -> None:
    issue(sid)

    assert not is_good(ticket)
    assert Ticket.objects.count() == 1


def test_tickets_are_not_to_be_read_in_the_database(sid: UUID) -> None:
    ticket = issue(sid)

    [stored] = Ticket.objects.values_list("digest", flat=True)
    assert ticket.encode() not in bytes(stored) and len(bytes(stored)) == 32
    assert len({issue(sid) for _ in range(20)}) == 20
