"""Logins: what one session is, how it is rotated, how it ends.

Drop the check of `refresh_jti` in `rotate`, and of two rotations at once both win; end the session
whenever it fails, and a tab that merely lost the race logs its person out.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.chat import accounts, sessions
from backend.chat.errors import NotAuthenticated
from backend.chat.models import Session, User

from .people import in_threads

SOON = timedelta(days=1)


def begin(user: User) -> UUID:
    expires_at = timezone.now() + SOON
    return sessions.begin(user=user, sid=uuid4(), refresh_jti="first", expires_at=expires_at).sid


def rotation(sid: UUID, old: str, new: str) -> Callable[[], Session]:
    """A rotation that begins now, to be done when it is called."""
    begun = timezone.now()
    return lambda: sessions.rotate(
        sid=sid, old_jti=old, new_jti=new, expires_at=begun + 2 * SOON, begun=begun
    )


def test_current_is_the_session_with_its_user_in_one_query(
    alice: User, django_assert_num_queries: Callable[..., object]
) -> None:
    sid = begin(alice)

    with django_assert_num_queries(1):
        found = sessions.current(sid=sid)
        assert found.user == alice


def test_current_of_an_unknown_session(db: None) -> None:
    with pytest.raises(NotAuthenticated):
        sessions.current(sid=uuid4())


def test_rotate_replaces_the_refresh_token_and_prolongs_the_session(alice: User) -> None:
    sid = begin(alice)
    before = sessions.current(sid=sid)

    rotation(sid, "first", "second")()

    after = sessions.current(sid=sid)
    assert after.refresh_jti == "second"
    assert after.expires_at > before.expires_at
    assert Session.objects.count() == 1


def test_used_token_that_comes_later_ends_the_session(alice: User) -> None:
    stolen, other = begin(alice), begin(alice)
    rotation(stolen, "first", "second")()

    with pytest.raises(NotAuthenticated):
        rotation(stolen, "first", "third")()

    with pytest.raises(NotAuthenticated):
        sessions.current(sid=stolen)
    with pytest.raises(NotAuthenticated):  # nor does the successor of the used one count
        rotation(stolen, "second", "fourth")()
    assert sessions.recently_ended(within=timedelta(seconds=10)) == {stolen: True}
    assert sessions.current(sid=other).user == alice


def test_used_token_that_raced_its_own_rotation_is_refused_and_ends_nothing(alice: User) -> None:
    sid = begin(alice)
    loser = rotation(sid, "first", "third")
    rotation(sid, "first", "second")()

    with pytest.raises(NotAuthenticated):
        loser()

    assert sessions.current(sid=sid).refresh_jti == "second"


def test_token_that_was_never_the_living_one_ends_the_session(alice: User) -> None:
    sid = begin(alice)

    with pytest.raises(NotAuthenticated):
        rotation(sid, "of another history", "second")()

    with pytest.raises(NotAuthenticated):
        sessions.current(sid=sid)


def test_replace_makes_every_earlier_token_a_used_one(alice: User) -> None:
    sid = begin(alice)
    sessions.replace(sid=sid, refresh_jti="after the password", expires_at=timezone.now() + SOON)

    rotation(sid, "after the password", "second")()

    assert sessions.current(sid=sid).refresh_jti == "second"
    with pytest.raises(NotAuthenticated):
        rotation(sid, "first", "third")()


def test_replace_revives_no_ended_session(alice: User) -> None:
    sid = begin(alice)
    sessions.end(sid=sid)

    sessions.replace(sid=sid, refresh_jti="second", expires_at=timezone.now() + SOON)

    with pytest.raises(NotAuthenticated):
        sessions.current(sid=sid)


def test_rotate_of_several_at_once_one_wins(committed: None, alice: User) -> None:
    sid = begin(alice)

    results = in_threads([rotation(sid, "first", f"new-{n}") for n in range(6)])

    won = [result for result in results if isinstance(result, Session)]
    lost = [result for result in results if isinstance(result, NotAuthenticated)]
    assert (len(won), len(lost)) == (1, 5), results
    assert sessions.current(sid=sid).refresh_jti == won[0].refresh_jti


def test_end_stops_the_session_and_no_other(alice: User) -> None:
    ended, other = begin(alice), begin(alice)

    sessions.end(sid=ended)

    with pytest.raises(NotAuthenticated):
        sessions.current(sid=ended)
    with pytest.raises(NotAuthenticated):
        rotation(ended, "first", "second")()
    assert sessions.current(sid=other).user == alice


def test_end_twice_keeps_the_first_moment(alice: User) -> None:
    sid = begin(alice)
    sessions.end(sid=sid)
    first = Session.objects.get(sid=sid).ended_at

    sessions.end(sid=sid)

    assert Session.objects.get(sid=sid).ended_at == first


def test_end_all_spares_other_people_and_the_one_that_is_named(alice: User, bob: User) -> None:
    kept, ended, of_bob = begin(alice), begin(alice), begin(bob)

    sessions.end_all(user=alice, but=kept)

    assert sessions.recently_ended(within=timedelta(seconds=10)).keys() == {ended}
    sessions.end_all(user=alice)
    with pytest.raises(NotAuthenticated):
        sessions.current(sid=kept)
    assert sessions.current(sid=of_bob).user == bob


def test_session_of_a_deactivated_account_does_not_count(alice: User) -> None:
    sid = begin(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    with pytest.raises(NotAuthenticated):
        sessions.current(sid=sid)
    with pytest.raises(NotAuthenticated):
        rotation(sid, "first", "second")()


def test_recently_ended_tells_the_ended_ones_and_whether_the_account_is_active(
    alice: User, bob: User
) -> None:
    logged_out, deactivated = begin(alice), begin(bob)
    begin(alice)
    sessions.end(sid=logged_out)
    accounts.deactivate(user=bob)

    ended = sessions.recently_ended(within=timedelta(seconds=10))

    assert ended == {logged_out: True, deactivated: False}


def test_recently_ended_leaves_out_what_ended_long_ago(alice: User) -> None:
    sid = begin(alice)
    Session.objects.filter(sid=sid).update(ended_at=timezone.now() - timedelta(minutes=5))

    assert sessions.recently_ended(within=timedelta(seconds=10)) == {}
