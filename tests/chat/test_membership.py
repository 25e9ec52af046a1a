"""Joining, leaving, and who owns a room when its owner goes.

Let `_hand_over` order by `pk` alone and a newer member inherits before the moderator.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.chat import members, rooms
from backend.chat.errors import NotAMember, NotFound
from backend.chat.models import Event, Membership, Room, User

from .people import kinds, person, promote, roles, say


@pytest.fixture
def dave(db: None) -> User:
    return person("dave")


def host(room: int) -> User | None:
    return Room.objects.get(pk=room).host


def joined_days_ago(user: User, room: int, days: int) -> None:
    moment = timezone.now() - timedelta(days=days)
    Membership.objects.filter(user=user, room=room).update(joined_at=moment)


def test_join_makes_a_member_and_one_event(charlie: User, lobby: int) -> None:
    view = rooms.join(user=charlie, room=lobby)

    assert view.membership and view.membership.role == "member"
    assert (view.room.member_count, view.room.last_seq) == (3, 3)
    event = Event.objects.get(room=lobby, seq=3)
    assert (event.kind, event.actor, event.subject) == ("member.joined", charlie, charlie)


def test_join_as_a_member_is_no_event(bob: User, lobby: int) -> None:
    promote(bob, lobby)

    view = rooms.join(user=bob, room=lobby)

    assert view.membership and view.membership.role == "moderator"
    assert (view.room.member_count, view.room.last_seq) == (2, 2)


def test_join_begins_with_nothing_unread(bob: User, charlie: User, lobby: int) -> None:
    say(bob, lobby, "before he came")

    assert rooms.join(user=charlie, room=lobby).unread.messages == 0


def test_join_of_a_private_room_does_not_tell_that_it_exists(charlie: User, den: int) -> None:
    with pytest.raises(NotFound):
        rooms.join(user=charlie, room=den)


def test_join_of_a_private_room_as_its_member(bob: User, den: int) -> None:
    assert rooms.join(user=bob, room=den).room.pk == den


@pytest.mark.parametrize("room", [0, -1, 2**62])
def test_join_of_no_room(bob: User, room: int) -> None:
    with pytest.raises(NotFound):
        rooms.join(user=bob, room=room)


def test_leave_ends_the_membership_in_one_event(alice: User, bob: User, lobby: int) -> None:
    rooms.leave(user=bob, room=lobby)

    assert roles(lobby) == {"alice": "owner"}
    assert Room.objects.get(pk=lobby).member_count == 1
    event = Event.objects.get(room=lobby, seq=3)
    assert (event.kind, event.subject, event.reason) == ("member.left", bob, "left")
    assert host(lobby) == alice


def test_leave_without_being_a_member(charlie: User, lobby: int, den: int) -> None:
    with pytest.raises(NotAMember):
        rooms.leave(user=charlie, room=lobby)
    with pytest.raises(NotFound):
        rooms.leave(user=charlie, room=den)

    assert kinds(lobby) == ["member.joined"] * 2


def test_leave_twice(bob: User, lobby: int) -> None:
    rooms.leave(user=bob, room=lobby)

    with pytest.raises(NotAMember):
        rooms.leave(user=bob, room=lobby)


def test_leave_and_come_back_is_an_ordinary_member(bob: User, lobby: int) -> None:
    promote(bob, lobby)
    rooms.leave(user=bob, room=lobby)

    rooms.join(user=bob, room=lobby)

    assert roles(lobby)["bob"] == "member"
    assert kinds(lobby)[2:] == ["member.left", "member.joined"]


def test_owner_leaving_hands_over_to_the_longest_serving_moderator(
    alice: User, bob: User, charlie: User, dave: User, lobby: int
) -> None:
    rooms.join(user=charlie, room=lobby)
    rooms.join(user=dave, room=lobby)
    promote(charlie, lobby)
    promote(dave, lobby)
    joined_days_ago(bob, lobby, 9)  # longest of all, but no moderator
    joined_days_ago(dave, lobby, 5)
    joined_days_ago(charlie, lobby, 2)

    rooms.leave(user=alice, room=lobby)

    assert roles(lobby) == {"bob": "member", "charlie": "moderator", "dave": "owner"}
    assert host(lobby) == dave
    assert kinds(lobby)[4:] == ["member.left", "member.updated", "room.updated"]


def test_owner_leaving_hands_over_to_the_longest_serving_member(
    alice: User, bob: User, charlie: User, lobby: int
) -> None:
    rooms.join(user=charlie, room=lobby)
    joined_days_ago(charlie, lobby, 3)
    joined_days_ago(bob, lobby, 1)

    rooms.leave(user=alice, room=lobby)

    assert roles(lobby) == {"bob": "member", "charlie": "owner"}
    assert host(lobby) == charlie


def test_host_leaving_beside_another_owner_makes_nobody_else_owner(
    alice: User, bob: User, charlie: User, lobby: int
) -> None:
    rooms.join(user=charlie, room=lobby)
    promote(charlie, lobby, Membership.Role.OWNER)

    rooms.leave(user=alice, room=lobby)

    assert roles(lobby) == {"bob": "member", "charlie": "owner"}
    assert host(lobby) == charlie
    assert kinds(lobby)[3:] == ["member.left", "room.updated"]


def test_last_one_leaving_leaves_no_host(alice: User, bob: User, lobby: int) -> None:
    rooms.leave(user=bob, room=lobby)
    rooms.leave(user=alice, room=lobby)

    assert host(lobby) is None
    assert Room.objects.get(pk=lobby).member_count == 0
    assert kinds(lobby)[3:] == ["member.left", "room.updated"]


def test_next_to_join_an_empty_public_room_owns_it(
    alice: User, bob: User, charlie: User, dave: User, lobby: int
) -> None:
    rooms.leave(user=bob, room=lobby)
    rooms.leave(user=alice, room=lobby)

    view = rooms.join(user=charlie, room=lobby)
    rooms.join(user=dave, room=lobby)

    assert view.room.host == charlie
    assert roles(lobby) == {"charlie": "owner", "dave": "member"}
    assert kinds(lobby)[5:] == ["member.joined", "room.updated", "member.joined"]


def test_empty_private_room_is_gone_for_everyone(alice: User, bob: User, den: int) -> None:
    rooms.leave(user=bob, room=den)
    rooms.leave(user=alice, room=den)

    with pytest.raises(NotFound):
        rooms.join(user=alice, room=den)


def test_members_come_in_the_order_they_joined(alice: User, charlie: User, lobby: int) -> None:
    rooms.join(user=charlie, room=lobby)

    names = [member.user.username for member in members.listing(viewer=alice, room=lobby)]

    assert names == ["alice", "bob", "charlie"]
