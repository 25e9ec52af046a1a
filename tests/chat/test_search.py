"""Search in the domain: what the index holds is what the messages say, whoever asks."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.chat import accounts, members, messages, rooms, search
from backend.chat.errors import ChatError, Invalid, NotFound
from backend.chat.models import User

from .people import person, say

# Words, file names, addresses, numbers.
WORD = st.from_regex(r"[a-z]{2,8}([-./_:@'][a-z0-9]{1,5})?", fullmatch=True)


def found(reader: User, query: str, room: int | None = None) -> list[str]:
    rows = search.messages(reader=reader, query=query, room=room)
    return [message.text for message in rows.order_by("-rank", "-pk")]


def test_best_first_then_newest(alice: User, lobby: int) -> None:
    say(alice, lobby, "tea " + "and many other things " * 10, "tea", "tea tea tea", "tea")

    texts = found(alice, "tea")

    assert texts[-1].startswith("tea and many")
    pks = [m.pk for m in search.messages(reader=alice, query="tea").order_by("-rank", "-pk")]
    ranks = {m.pk: m.rank for m in search.messages(reader=alice, query="tea")}  # type: ignore[attr-defined]
    assert pks == sorted(pks, key=lambda pk: (-ranks[pk], -pk))


def test_what_was_edited_or_deleted_is_not_found_by_what_it_said(alice: User, lobby: int) -> None:
    first, second = say(alice, lobby, "green tea", "black tea")

    messages.edit(editor=alice, message=first.pk, new_text="coffee")
    messages.delete(remover=alice, message=second.pk)

    assert (found(alice, "tea"), found(alice, "coffee")) == ([], ["coffee"])


def test_change_that_was_rolled_back_is_not_in_the_index(alice: User, lobby: int) -> None:
    [message] = say(alice, lobby, "green tea")

    with pytest.raises(ChatError):
        messages.edit(editor=alice, message=message.pk, new_text="coffee", version=9)

    assert (found(alice, "tea"), found(alice, "coffee")) == (["green tea"], [])


def test_only_rooms_one_may_read(
    alice: User, bob: User, charlie: User, lobby: int, den: int
) -> None:
    direct = rooms.direct(user=alice, username="bob")[0].room.pk
    for room, text in ((lobby, "tea here"), (den, "tea inside"), (direct, "tea for two")):
        say(alice, room, text)

    assert sorted(found(bob, "tea")) == ["tea for two", "tea here", "tea inside"]
    assert found(charlie, "tea") == ["tea here"]
    for room in (den, direct, 0):
        with pytest.raises(NotFound):
            found(charlie, "tea", room)
    members.kick(by=alice, room=lobby, user=charlie.pk, ban=True)
    assert found(charlie, "tea") == []


@pytest.mark.parametrize("query", ["", " ", "...", '"', "👍", "\u200b", "*:()"])
def test_no_word(alice: User, query: str) -> None:
    with pytest.raises(Invalid) as refused:
        found(alice, query)

    assert refused.value.field == "q"


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    query=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
)
def test_any_query_has_an_answer(alice: User, lobby: int, query: str) -> None:
    """Whatever it holds, the database never complains about its syntax."""
    with suppress(Invalid):
        found(alice, query)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.from_regex(r"[a-z]{2,8}([-./_:@'][a-z0-9]{1,5})?", fullmatch=True),
        min_size=1,
        max_size=5,
    )
)
def test_a_message_is_found_by_its_own_words(alice: User, lobby: int, words: list[str]) -> None:
    text = " ".join(words)
    message = say(alice, lobby, text)[0]

    rows = search.messages(reader=alice, query=text, room=lobby)

    assert message.pk in set(rows.values_list("pk", flat=True))


# -- people ----------------------------------------------------------------------------------


def people(beginning: str) -> list[str]:
    rows = accounts.search(beginning=beginning).order_by("username_key")
    return [user.username for user in rows]


def named(username: str, display_name: str) -> User:
    return accounts.change(user=person(username), display_name=display_name)


def test_people_by_either_name_in_any_case(db: None) -> None:
    named("zoe", "Ольга Straße")
    named("olga", "Zoë")

    assert people("Z") == ["olga", "zoe"]
    assert people("OL") == ["olga"]
    assert people("оль") == people("ОЛЬГА STRASSE") == ["zoe"]
    assert people("zoë") == people("ZOE\u0308") == ["olga"]
    assert people("straße") == []


def test_deactivated_people_are_absent(alice: User, bob: User) -> None:
    accounts.deactivate(user=bob)

    assert (people("bob"), people("alice")) == ([], ["alice"])


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", "*"])
def test_signs_are_themselves(db: None, sign: str) -> None:
    named("plain", "plain")
    named("signed", f"{sign}sign")

    assert people(sign) == ["signed"]
