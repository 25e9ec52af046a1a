"""Sending again: the same `client_id` never makes a second message, for ever.

Compare a repeat with the present text instead of `first_digest`, and a repeat after an edit is
refused though it is the very same send.
"""

import pytest

from backend.chat import messages, rooms
from backend.chat.errors import Conflict, Invalid
from backend.chat.models import Membership, Message, Room, User
from backend.chat.posting import Posted

from .people import in_threads


def post(author: User, room: int, said: str, client_id: str | None = "c1") -> Posted:
    return messages.post(author=author, room=room, message=said, client_id=client_id)


def test_repeat_answers_what_is_stored(bob: User, lobby: int) -> None:
    first = post(bob, lobby, "hello")

    again = post(bob, lobby, "hello")

    assert again.duplicate
    assert (again.message.pk, again.message.text) == (first.message.pk, "hello")
    assert Room.objects.get(pk=lobby).last_seq == 3


def test_repeat_with_another_text(bob: User, lobby: int) -> None:
    post(bob, lobby, "hello")

    with pytest.raises(Conflict) as caught:
        post(bob, lobby, "goodbye")

    assert caught.value.field == "client_id"
    assert Message.objects.get().text == "hello"


def test_repeat_after_an_edit_answers_the_text_of_now(bob: User, lobby: int) -> None:
    first = post(bob, lobby, "helo").message
    messages.edit(editor=bob, message=first.pk, new_text="hello")

    again = post(bob, lobby, "helo")

    assert again.duplicate and again.message.text == "hello"
    with pytest.raises(Conflict):
        post(bob, lobby, "hello")  # that was never sent under this client_id


@pytest.mark.parametrize("said", ["secret", "another"])
def test_repeat_after_a_deletion_answers_the_tombstone(bob: User, lobby: int, said: str) -> None:
    first = post(bob, lobby, "secret").message
    messages.delete(remover=bob, message=first.pk)

    again = post(bob, lobby, said)

    assert again.duplicate and again.message.pk == first.pk
    assert again.message.text == "" and again.message.deleted_at


def test_repeat_does_not_move_the_read_marker(alice: User, bob: User, lobby: int) -> None:
    post(bob, lobby, "hello")
    post(alice, lobby, "hello Bob")

    post(bob, lobby, "hello")

    assert Membership.objects.get(room=lobby, user=bob).last_read_seq == 3


def test_same_client_id_of_others_and_in_other_rooms(alice: User, bob: User, lobby: int) -> None:
    other = rooms.create(owner=bob, name="Other").room.pk

    posted = [post(bob, lobby, "a"), post(alice, lobby, "b"), post(bob, other, "c")]

    assert not any(one.duplicate for one in posted)
    assert Message.objects.count() == 3


def test_without_client_id_the_same_text_is_another_message(bob: User, lobby: int) -> None:
    post(bob, lobby, "again", None)
    post(bob, lobby, "again", None)

    assert Message.objects.count() == 2


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a b", "a\n", "ä"])
def test_bad_client_id(bob: User, lobby: int, client_id: str) -> None:
    with pytest.raises(Invalid) as caught:
        post(bob, lobby, "hello", client_id)

    assert caught.value.field == "client_id"


def test_repeats_at_the_same_time_make_one_message(committed: None, bob: User, lobby: int) -> None:
    results = in_threads([lambda: post(bob, lobby, "hello")] * 8)

    assert [r.duplicate for r in results].count(False) == 1, results
    assert len({r.message.pk for r in results}) == 1
    assert Message.objects.count() == 1
    assert Room.objects.get(pk=lobby).last_seq == 3
