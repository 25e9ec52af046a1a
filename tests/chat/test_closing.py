"""Closing one's account: nobody can tell who it was, and what they said stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.chat import accounts, history, rooms, sessions
from backend.chat.closing import close_account
from backend.chat.errors import ChatError, Invalid, NotAuthenticated
from backend.chat.models import Event, Membership, Message, Room, Session, User

from .people import kinds, roles, say

PASSWORD = "correct-horse-9"


@pytest.fixture
def bob(db: None) -> User:
    """A member who can log in."""
    return accounts.register(
        username="bob", password=PASSWORD, email="bob@example.org", display_name="Bobby"
    )


def test_account_is_anonymous_and_nobody_logs_in(bob: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()

    close_account(user=bob, password=PASSWORD)

    stored = User.objects.get(pk=bob.pk)
    assert stored.username == f"deleted-{bob.pk}"
    assert (stored.display_name, stored.email) == ("", "")
    assert not (stored.is_active or stored.is_staff or stored.is_superuser)
    for name in ("bob", stored.username):
        with pytest.raises(NotAuthenticated):
            accounts.log_in(username=name, password=PASSWORD)


@pytest.mark.parametrize("looked_for", ["bob", "Bobby", "deleted-"])
def test_nobody_finds_the_account(bob: User, looked_for: str) -> None:
    close_account(user=bob, password=PASSWORD)

    assert not accounts.search(beginning=looked_for).exists()
    with pytest.raises(ChatError):
        accounts.named(username=looked_for)


def test_name_is_free_again_but_never_the_one_of_closed_accounts(bob: User) -> None:
    close_account(user=bob, password=PASSWORD)

    assert accounts.register(username="bob", password=PASSWORD).pk != bob.pk
    with pytest.raises(Invalid):
        accounts.register(username="Deleted-1", password=PASSWORD)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), "x" * 5000])
def test_wrong_password_closes_nothing(bob: User, lobby: int, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        close_account(user=bob, password=password)

    assert caught.value.field == "password"
    assert User.objects.get(pk=bob.pk).is_active
    assert roles(lobby) == {"alice": "owner", "bob": "member"}


def test_every_login_of_the_account_ends_and_no_other(alice: User, bob: User) -> None:
    soon = timezone.now() + timedelta(days=1)
    for user in (alice, bob, bob):
        sessions.begin(user=user, sid=uuid4(), refresh_jti="j", expires_at=soon)

    close_account(user=bob, password=PASSWORD)

    assert [s.user for s in Session.objects.filter(ended_at=None)] == [alice]
    ended = sessions.recently_ended(within=timedelta(seconds=10))
    assert list(ended.values()) == [False, False]


def test_rooms_are_left_by_events_and_handed_over(alice: User, bob: User, lobby: int) -> None:
    hall = rooms.create(owner=bob, name="Hall").room.pk
    rooms.join(user=alice, room=hall)

    close_account(user=bob, password=PASSWORD)

    assert roles(lobby) == roles(hall) == {"alice": "owner"}
    assert kinds(lobby)[-1] == "member.left"
    assert kinds(hall)[2:] == ["member.left", "member.updated", "room.updated"]
    assert Room.objects.get(pk=hall).host == alice
    left = Event.objects.filter(kind=Event.Kind.MEMBER_LEFT).values_list("reason", flat=True)
    assert set(left) == {"left"}


def test_messages_stay_where_they_were_said(alice: User, bob: User, lobby: int) -> None:
    direct = rooms.direct(user=alice, username="bob")[0].room.pk
    say(bob, lobby, "in the lobby")
    say(bob, direct, "to Alice")

    close_account(user=bob, password=PASSWORD)

    for room, said in ((lobby, "in the lobby"), (direct, "to Alice")):
        [message] = history.window(reader=alice, room=room).messages
        assert (message.text, message.author.username) == (said, f"deleted-{bob.pk}")
    assert Message.objects.filter(deleted_at=None).count() == 2


def test_direct_room_keeps_both(alice: User, bob: User) -> None:
    direct = rooms.direct(user=alice, username="bob")[0].room.pk

    close_account(user=bob, password=PASSWORD)

    assert Membership.objects.filter(room=direct).count() == 2
    say(alice, direct, "into the void")
    with pytest.raises(ChatError):
        rooms.direct(user=alice, username="bob")
