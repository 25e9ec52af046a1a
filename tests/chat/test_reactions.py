"""Reactions in the domain: what is shown is what the rows say, also when many react at once."""

import pytest

from backend.chat import messages, reactions, rooms
from backend.chat.errors import Conflict, Invalid
from backend.chat.models import Message, Reaction, User

from .people import in_threads, kinds, person, say


def shown(message: Message) -> list[tuple[str, int, list[int]]]:
    stored = Message.objects.get(pk=message.pk).reactions
    return [(entry["emoji"], entry["count"], entry["users"]) for entry in stored]


def test_shown_in_the_order_in_which_they_were_first_given(
    alice: User, bob: User, lobby: int
) -> None:
    [message] = say(alice, lobby, "hello")

    for user, emoji in [(bob, "🎉"), (alice, "👍"), (bob, "👍"), (alice, "🎉")]:
        reactions.add(user=user, message=message.pk, emoji=emoji)

    assert shown(message) == [("🎉", 2, [bob.pk, alice.pk]), ("👍", 2, [alice.pk, bob.pk])]


def test_given_by_many_at_once_is_one_of_each(
    committed: None, alice: User, bob: User, lobby: int
) -> None:
    [message] = say(alice, lobby, "hello")

    results = in_threads(
        [
            lambda user=user: reactions.add(user=user, message=message.pk, emoji="👍")  # type: ignore[misc]
            for user in [alice, bob] * 4
        ]
    )

    assert [result for result in results if isinstance(result, Exception)] == []
    [(_, count, users)] = shown(message)
    assert (count, sorted(users)) == (2, sorted([alice.pk, bob.pk]))
    assert Reaction.objects.count() == 2
    assert kinds(lobby).count("reaction.added") == 2


def test_deletion_takes_the_rows_too(alice: User, lobby: int) -> None:
    [message] = say(alice, lobby, "hello")
    reactions.add(user=alice, message=message.pk, emoji="👍")

    messages.delete(remover=alice, message=message.pk)

    assert (shown(message), Reaction.objects.exists()) == ([], False)


@pytest.mark.parametrize(
    ("typed", "stored"), [("\u2764", "\u2764\ufe0f"), ("\u263a", "\u263a\ufe0f"), ("👍", "👍")]
)
def test_kept_in_the_fully_qualified_form(alice: User, lobby: int, typed: str, stored: str) -> None:
    [message] = say(alice, lobby, "hello")

    reactions.add(user=alice, message=message.pk, emoji=typed)
    assert [emoji for emoji, *_ in shown(message)] == [stored]

    reactions.remove(user=alice, message=message.pk, emoji=typed)
    assert shown(message) == []


@pytest.mark.parametrize("emoji", ["", "x", "1", ":heart:", "👍👍", "\ufe0f", "\u200d", "*" * 65])
def test_what_is_no_emoji(alice: User, lobby: int, emoji: str) -> None:
    [message] = say(alice, lobby, "hello")

    with pytest.raises(Invalid) as refused:
        reactions.add(user=alice, message=message.pk, emoji=emoji)

    assert refused.value.field == "emoji"


def test_a_message_has_room_for_a_crowd_and_no_more_kinds(
    alice: User, bob: User, lobby: int
) -> None:
    [message] = say(alice, lobby, "hello")
    many = [chr(0x1F600 + n) for n in range(reactions.KINDS_MOST)]
    for emoji in many:
        reactions.add(user=alice, message=message.pk, emoji=emoji)

    with pytest.raises(Conflict):
        reactions.add(user=bob, message=message.pk, emoji="👍")
    reactions.add(user=bob, message=message.pk, emoji=many[0])

    assert len(shown(message)) == reactions.KINDS_MOST


def test_reactions_of_who_left_can_still_be_shown(alice: User, lobby: int) -> None:
    [message] = say(alice, lobby, "hello")
    guest = person("guest")
    rooms.join(user=guest, room=lobby)
    reactions.add(user=guest, message=message.pk, emoji="👍")

    rooms.leave(user=guest, room=lobby)
    reactions.add(user=alice, message=message.pk, emoji="👍")

    assert shown(message) == [("👍", 2, [guest.pk, alice.pk])]
