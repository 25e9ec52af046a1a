"""What the database itself refuses, whatever code comes to it.

Each test goes past the domain; take a constraint out of the models, and its test is red.
"""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from backend.chat import messages, presence
from backend.chat.models import Event, Membership, Message, Presence, Room, Session, User

from .people import say


def refused(act: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            act()
            connection.check_constraints()
    except IntegrityError:
        return True
    return False


def test_two_usernames_of_one_key(alice: User) -> None:
    assert refused(lambda: User.objects.create(username="ALICE"))


def test_two_living_rooms_of_one_name(lobby: int) -> None:
    assert refused(lambda: Room.objects.create(name="LOBBY"))
    Room.objects.filter(pk=lobby).update(deleted_at=timezone.now())
    assert not refused(lambda: Room.objects.create(name="LOBBY"))


def test_second_membership(bob: User, lobby: int) -> None:
    assert refused(lambda: Membership.objects.create(room_id=lobby, user=bob))


def test_role_that_does_not_exist(charlie: User, lobby: int) -> None:
    assert refused(lambda: Membership.objects.create(room_id=lobby, user=charlie, role="king"))


def test_two_events_of_one_seq(bob: User, lobby: int) -> None:
    assert refused(lambda: Event.objects.create(room_id=lobby, seq=2, kind="room.updated"))


@pytest.mark.parametrize("seq", [0, -1])
def test_event_before_the_first(lobby: int, seq: int) -> None:
    assert refused(lambda: Event.objects.create(room_id=lobby, seq=seq, kind="room.updated"))


@pytest.mark.parametrize("kind", ["message.created", "member.joined"])
def test_event_that_names_no_object(lobby: int, kind: str) -> None:
    assert refused(lambda: Event.objects.create(room_id=lobby, seq=3, kind=kind))


def test_two_messages_of_one_seq(bob: User, lobby: int) -> None:
    say(bob, lobby, "hello")

    assert refused(lambda: Message.objects.create(room_id=lobby, seq=3, author=bob, text="again"))


def test_two_messages_of_one_client_id(alice: User, bob: User, lobby: int) -> None:
    messages.post(author=bob, room=lobby, message="hello", client_id="c1")

    def another(author: User) -> Message:
        return Message.objects.create(
            room_id=lobby, seq=9, author=author, text="other", client_id="c1"
        )

    assert refused(lambda: another(bob))
    assert not refused(lambda: another(alice))


def test_tombstone_with_a_text(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "secret")
    stored = Message.objects.filter(pk=message.pk)

    assert refused(lambda: stored.update(deleted_at=timezone.now()))
    assert not refused(lambda: stored.update(deleted_at=timezone.now(), text=""))


def test_message_without_a_text(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "hello")

    assert refused(lambda: Message.objects.filter(pk=message.pk).update(text=""))


def test_presence_of_one_person_twice_at_one_worker(bob: User, lobby: int) -> None:
    worker = presence.register()
    presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])

    assert refused(lambda: Presence.objects.create(worker=worker, room_id=lobby, user=bob))


def test_two_sessions_of_one_sid(alice: User) -> None:
    first = Session.objects.create(user=alice, refresh_jti="a", expires_at=timezone.now())

    assert refused(
        lambda: Session.objects.create(
            user=alice, sid=first.sid, refresh_jti="b", expires_at=timezone.now()
        )
    )


def test_nothing_that_a_log_names_can_be_removed(alice: User, bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "hello")

    for row in (bob, alice, Room.objects.get(pk=lobby), message):
        with pytest.raises(ProtectedError):
            row.delete()
