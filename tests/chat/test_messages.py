"""Messages: posting, editing, deleting.

Keep the text in `delete` and the test of the tombstone is red (the database refuses it too).
"""

import pytest

from backend.chat import messages, rooms
from backend.chat.errors import Conflict, Forbidden, Invalid, NotAMember, NotFound
from backend.chat.models import Event, Message, Room, User

from .people import kinds, promote, say


def test_post_is_a_message_and_its_event_of_one_seq(bob: User, lobby: int) -> None:
    posted = messages.post(author=bob, room=lobby, message="hello")

    assert not posted.duplicate
    stored = Message.objects.get(pk=posted.message.pk)
    assert (stored.text, stored.author, stored.seq, stored.version) == ("hello", bob, 3, 1)
    event = Event.objects.get(room=lobby, seq=3)
    assert (event.kind, event.message, event.actor) == ("message.created", stored, bob)
    room = Room.objects.get(pk=lobby)
    assert (room.last_seq, room.last_message, room.active_at) == (3, stored, stored.created_at)


@pytest.mark.parametrize("said", ["x" * 4000, " spaces stay ", "emoji 👩‍👩‍👧", "line\nline", "אב"])
def test_post_keeps_the_text_as_it_is(bob: User, lobby: int, said: str) -> None:
    [message] = say(bob, lobby, said)

    assert Message.objects.get(pk=message.pk).text == said


@pytest.mark.parametrize("said", ["", " ", "\u200b", "x" * 4001, "a\0b", "\ud800"])
def test_post_of_a_bad_text_changes_nothing(bob: User, lobby: int, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        messages.post(author=bob, room=lobby, message=said, field="message")

    assert caught.value.field == "message"
    assert Room.objects.get(pk=lobby).last_seq == 2
    assert not Message.objects.exists()


def test_post_by_somebody_outside(charlie: User, lobby: int, den: int) -> None:
    with pytest.raises(NotAMember):
        say(charlie, lobby, "hello")
    with pytest.raises(NotFound):
        say(charlie, den, "hello")
    assert not Message.objects.exists()


def test_post_after_leaving(bob: User, lobby: int) -> None:
    rooms.leave(user=bob, room=lobby)

    with pytest.raises(NotAMember):
        say(bob, lobby, "one more thing")


def test_edit_changes_the_text_and_counts_the_version(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "helo")

    first = messages.edit(editor=bob, message=message.pk, new_text="hello")
    second = messages.edit(editor=bob, message=message.pk, new_text="hello!", version=2)

    assert (first.version, second.version, second.text) == (2, 3, "hello!")
    assert first.edited_at and second.edited_at and second.edited_at >= first.edited_at
    assert (second.seq, second.created_at) == (message.seq, message.created_at)
    assert kinds(lobby)[2:] == ["message.created", "message.updated", "message.updated"]


@pytest.mark.parametrize("version", [1, 3])
def test_edit_of_another_version_changes_nothing(bob: User, lobby: int, version: int) -> None:
    [message] = say(bob, lobby, "one")
    messages.edit(editor=bob, message=message.pk, new_text="two")

    with pytest.raises(Conflict) as caught:
        messages.edit(editor=bob, message=message.pk, new_text="three", version=version)

    assert caught.value.field == "version"
    assert Message.objects.get(pk=message.pk).text == "two"
    assert len(kinds(lobby)) == 4


def test_edit_by_anybody_but_the_author(
    alice: User, bob: User, charlie: User, lobby: int, den: int
) -> None:
    [message], [hidden] = say(bob, lobby, "mine"), say(bob, den, "mine")

    for editor, pk, refusal in (
        (alice, message.pk, Forbidden),
        (charlie, message.pk, NotAMember),
        (charlie, hidden.pk, NotFound),
    ):
        with pytest.raises(refusal):
            messages.edit(editor=editor, message=pk, new_text="yours")
    assert set(Message.objects.values_list("text", flat=True)) == {"mine"}


def test_edit_after_leaving(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "mine")
    rooms.leave(user=bob, room=lobby)

    with pytest.raises(NotAMember):
        messages.edit(editor=bob, message=message.pk, new_text="again")


def test_edit_of_a_deleted_message(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "gone")
    messages.delete(remover=bob, message=message.pk)

    with pytest.raises(Conflict):
        messages.edit(editor=bob, message=message.pk, new_text="back")

    assert Message.objects.get(pk=message.pk).text == ""


def test_edit_to_a_bad_text(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "fine")

    with pytest.raises(Invalid):
        messages.edit(editor=bob, message=message.pk, new_text="\u3164")


def test_delete_leaves_a_tombstone(bob: User, lobby: int) -> None:
    message = messages.post(author=bob, room=lobby, message="secret", client_id="c1").message

    messages.delete(remover=bob, message=message.pk)

    stored = Message.objects.get(pk=message.pk)
    assert (stored.text, stored.first_digest) == ("", None)
    assert stored.deleted_at is not None
    assert (stored.seq, stored.author, stored.version) == (3, bob, 1)
    assert kinds(lobby)[3:] == ["message.deleted"]


def test_delete_again_is_no_event_and_keeps_the_moment(bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "secret")
    first = messages.delete(remover=bob, message=message.pk)

    again = messages.delete(remover=bob, message=message.pk)

    assert again.deleted_at == first.deleted_at
    assert len(kinds(lobby)) == 4


def test_delete_by_owner_moderator_and_others(
    alice: User, bob: User, charlie: User, lobby: int
) -> None:
    rooms.join(user=charlie, room=lobby)
    first, second, third = say(alice, lobby, "1", "2", "3")

    with pytest.raises(Forbidden):
        messages.delete(remover=bob, message=first.pk)
    promote(bob, lobby)
    messages.delete(remover=bob, message=first.pk)
    messages.delete(remover=alice, message=second.pk)
    with pytest.raises(Forbidden):
        messages.delete(remover=charlie, message=third.pk)

    left = Message.objects.filter(deleted_at__isnull=True)
    assert list(left) == [third]


def test_get(bob: User, charlie: User, lobby: int, den: int) -> None:
    [message], [hidden] = say(bob, lobby, "all"), say(bob, den, "some")

    assert messages.get(reader=charlie, message=message.pk).text == "all"
    for pk in (hidden.pk, 0, 2**62):
        with pytest.raises(NotFound):
            messages.get(reader=charlie, message=pk)


def test_get_of_a_message_whose_room_is_deleted(alice: User, bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "hello")
    rooms.delete(remover=alice, room=lobby)

    with pytest.raises(NotFound):
        messages.get(reader=bob, message=message.pk)
