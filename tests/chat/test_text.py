"""What people may write, and by what names are compared.

Leave the second NFKC out of `key` and the iota with dialytika and tonos is unequal to itself in
capitals; leave what Unicode ignores out of `_VISIBLE` and a message of zero-width spaces passes.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.chat import text
from backend.chat.errors import Invalid


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lobby", "LOBBY"),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),  # the sigma at a word's end is another letter
        ("Москва", "МОСКВА"),
        ("Երևան", "ԵՐԵՒԱՆ"),
        ("ᏣᎳᎩ", "ꮳꮃꮹ".replace("ꮹ", "ꭹ")),  # Cherokee: its small letters came later
        ("Café", "Cafe\u0301"),  # composed and decomposed
        ("Ｌｏｂｂｙ", "lobby"),  # full width
        ("ẛ̣", "Ṩ"),
        ("\u0390", "\u03aa\u0301"),  # iota with dialytika and tonos
        ("two  words", " two\u00a0words "),
    ],
)
def test_key_is_equal_whatever_the_case_or_form(one: str, other: str) -> None:
    assert text.key(one) == text.key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("lobby", "lobby2"), ("a b", "ab"), ("é", "e"), ("Москва", "Mockba")]
)
def test_key_differs_for_different_names(one: str, other: str) -> None:
    assert text.key(one) != text.key(other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_key_of_a_key_is_itself(name: str) -> None:
    assert text.key(text.key(name)) == text.key(name)


@pytest.mark.parametrize(
    "visible",
    ["x", "0", ".", "字", "👍", "\u200bx", "e\u0301", "👨‍👩‍👧", "אב", "\u0e01", "₿", " x "],
)
def test_is_visible_with_something_to_see(visible: str) -> None:
    assert text.is_visible(visible)


@pytest.mark.parametrize("letter", ["\U0001fae8", "\U0001fadc"], ids=["emoji 15", "emoji 16"])
def test_is_visible_with_an_emoji_newer_than_this_python(letter: str) -> None:
    assert text.is_visible(letter)


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " \t\r\n",
        "\u00a0\u3000\u2028\u2029",
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u202a\u202e\u2066\u2069",
        "\u3164\u115f\u1160\uffa0",
        "\u2800",
        "\ufe0f\u034f",
        "\u00ad",
        "\U000e0041",
        "\U000e0100",
        "\u180b",
        "\u17b4",
    ],
    ids=lambda blank: " ".join(f"{ord(c):04X}" for c in blank) or "nothing",
)
def test_is_visible_with_nothing_to_see(blank: str) -> None:
    assert not text.is_visible(blank)


@pytest.mark.parametrize("said", ["x", "x" * 4000, "🙂" * 4000, " \n x \n "])
def test_message_within_its_limits_stays_as_it_is(said: str) -> None:
    assert text.checked_message(said) == said


@pytest.mark.parametrize(
    "said", ["", "   ", "\u200b", "x" * 4001, "a\0b", "a\ud800", "\udfff", "\ud83d\ude00"]
)
def test_message_that_breaks_a_rule_names_the_field(said: str) -> None:
    with pytest.raises(Invalid) as caught:
        text.checked_message(said, field="message")

    assert caught.value.field == "message"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [("Lobby", "Lobby"), ("  two \t words ", "two words"), ("字" * 100, "字" * 100)],
)
def test_name_keeps_its_letters_and_loses_needless_space(given_name: str, kept: str) -> None:
    assert text.checked_name(given_name) == kept


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 101, "a\0", "a\x07b", "\u3164", "\ud800", "\ufdfa" * 30]
)
def test_name_that_breaks_a_rule(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        text.checked_name(name)

    assert caught.value.field == "name"


@pytest.mark.parametrize("client_id", [None, "a", "A.b_c:d-9", "x" * 64])
def test_client_id_of_allowed_characters(client_id: str | None) -> None:
    assert text.checked_client_id(client_id) == client_id


@pytest.mark.parametrize("client_id", ["", "x" * 65, "a b", "a\n", "é", "٣", "a/b", "\0"])
def test_client_id_of_other_characters(client_id: str) -> None:
    with pytest.raises(Invalid) as caught:
        text.checked_client_id(client_id)

    assert caught.value.field == "client_id"
