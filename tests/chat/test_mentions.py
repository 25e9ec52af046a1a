"""`@username`: which words are meant, and the rows that count."""

import pytest

from backend.chat import accounts, mentions, messages, rooms
from backend.chat.models import Mention, Message, User

from .people import person, say


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@bob", {"bob"}),
        ("hello @bob, @alice!", {"bob", "alice"}),
        ("@Bob @BOB", {"bob"}),
        ("(@bob)", {"bob"}),
        ("@bob's", {"bob"}),
        ("@bob.", {"bob", "bob."}),
        ("@a.b", {"a.b"}),
        ("me@bob", set()),
        ("me.you@bob.example", set()),
        ("x+y@bob", set()),
        ("@", set()),
        ("@ bob", set()),
        ("@@bob", {"@bob"}),
        ("no one", set()),
        ("@Ольга и @Straße", {"ольга", "strasse"}),
        ("@" + "x" * 151, {"x" * 150}),
    ],
)
def test_names_that_a_text_may_mean(text: str, meant: set[str]) -> None:
    assert mentions.names(text) == meant


def rows(message: Message) -> set[str]:
    found = Mention.objects.filter(message=message)
    return set(found.values_list("user__username", flat=True))


def test_rows_follow_the_text(alice: User, bob: User, lobby: int) -> None:
    [message] = say(alice, lobby, "@bob")
    assert rows(message) == {"bob"}

    messages.edit(editor=alice, message=message.pk, new_text="@alice and @bob")
    assert rows(message) == {"alice", "bob"}
    messages.edit(editor=alice, message=message.pk, new_text="@alice")
    assert rows(message) == {"alice"}
    messages.delete(remover=alice, message=message.pk)
    assert rows(message) == set()


def test_only_members_are_meant(alice: User, charlie: User, lobby: int) -> None:
    [message] = say(alice, lobby, "@charlie")
    assert (message.mentions, rows(message)) == ([], set())

    rooms.join(user=charlie, room=lobby)

    # Resolved when stored; an edit is stored anew.
    assert Message.objects.get(pk=message.pk).mentions == []
    edited = messages.edit(editor=alice, message=message.pk, new_text="@charlie!")
    assert edited.mentions == [charlie.pk]


def test_mention_stays_when_its_person_leaves(alice: User, bob: User, lobby: int) -> None:
    [message] = say(alice, lobby, "@bob")

    rooms.leave(user=bob, room=lobby)

    assert Message.objects.get(pk=message.pk).mentions == [bob.pk]


def test_deactivated_people_are_not_meant(alice: User, bob: User, lobby: int) -> None:
    accounts.deactivate(user=bob)

    assert say(alice, lobby, "@bob")[0].mentions == []


def test_the_longest_name_wins_over_its_beginning(alice: User, lobby: int) -> None:
    dotted, plain = person("dot.ted"), person("dot")
    for user in (dotted, plain):
        rooms.join(user=user, room=lobby)

    assert say(alice, lobby, "@dot.ted.")[0].mentions == [dotted.pk]
    assert say(alice, lobby, "@dot.")[0].mentions == [plain.pk]
