"""What is unread: messages of others behind the marker, deleted ones left out.

Let `markers` count without `exclude(author=…)`, and what somebody said is unread to themselves as
soon as their marker stands before it.
"""

from backend.chat import messages, rooms, unread
from backend.chat.models import Membership, User

from .people import say


def count(user: User, room: int) -> int:
    found = unread.counts(user=user, rooms=[room]).get(room)
    return found.messages if found else 0


def test_messages_of_others_are_unread(alice: User, bob: User, lobby: int) -> None:
    say(alice, lobby, "1", "2", "3")

    assert (count(alice, lobby), count(bob, lobby)) == (0, 3)


def test_own_messages_are_never_unread_and_move_the_marker(
    alice: User, bob: User, lobby: int
) -> None:
    say(alice, lobby, "1", "2")

    [own] = say(bob, lobby, "3")
    say(alice, lobby, "4")

    assert count(bob, lobby) == 1
    assert Membership.objects.get(user=bob, room=lobby).last_read_seq == own.seq


def test_own_messages_are_not_unread_wherever_the_marker_stands(
    alice: User, bob: User, lobby: int
) -> None:
    say(bob, lobby, "3", "4")
    say(alice, lobby, "5")

    Membership.objects.filter(user=bob, room=lobby).update(last_read_seq=0)

    assert count(bob, lobby) == 1


def test_other_events_are_not_unread(alice: User, bob: User, charlie: User, lobby: int) -> None:
    rooms.join(user=charlie, room=lobby)
    rooms.change(changer=alice, room=lobby, topic="New")

    assert count(bob, lobby) == 0


def test_an_edit_makes_nothing_unread_again(alice: User, bob: User, lobby: int) -> None:
    [message] = say(alice, lobby, "1")
    say(bob, lobby, "I saw it")

    messages.edit(editor=alice, message=message.pk, new_text="2")

    assert count(bob, lobby) == 0


def test_deleted_messages_are_not_unread(alice: User, bob: User, lobby: int) -> None:
    first, _ = say(alice, lobby, "1", "2")

    messages.delete(remover=alice, message=first.pk)

    assert count(bob, lobby) == 1


def test_markers_of_others_do_not_matter(alice: User, bob: User, charlie: User, lobby: int) -> None:
    rooms.join(user=charlie, room=lobby)
    say(alice, lobby, "1", "2")
    say(bob, lobby, "3")
    say(alice, lobby, "4")

    assert (count(alice, lobby), count(bob, lobby), count(charlie, lobby)) == (0, 1, 4)


def test_counts_of_several_rooms(alice: User, bob: User, lobby: int, den: int) -> None:
    say(alice, lobby, "1", "2")
    say(alice, den, "1")
    quiet = rooms.create(owner=bob, name="Quiet").room.pk

    counted = unread.counts(user=bob, rooms=[lobby, den, quiet])

    assert {room: found.messages for room, found in counted.items() if found.messages} == {
        lobby: 2,
        den: 1,
    }
    assert unread.counts(user=bob, rooms=[]) == {}


def test_after_leaving_nothing_is_counted(alice: User, bob: User, lobby: int) -> None:
    say(alice, lobby, "1")
    rooms.leave(user=bob, room=lobby)

    assert count(bob, lobby) == 0
