"""Searching messages: which words find which texts, in any script and with any signs."""

import pytest

from tests.harness.people import People, assert_error

from .searching import find, pks, word


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Привет, мир {}", "Привет {}"),
        ("γειά σου {}", "γειά {}"),
        ("Grüße aus Köln {}", "Grüße {}"),
        ("مرحبا بالعالم {}", "مرحبا {}"),
        ("안녕하세요 {}", "안녕하세요 {}"),
        ("नमस्ते दुनिया {}", "नमस्ते {}"),
        ("ÅNGSTRÖM {}", "ÅNGSTRÖM {}"),
    ],
)
def test_search_in_several_scripts(people: People, room: int, text: str, query: str) -> None:
    tail = word()
    message = people.alice.posts(room, text.format(tail))

    assert pks(find(people.bob, query.format(tail))) == [message["pk"]]
    # The script's own word, as the last one.
    assert pks(find(people.bob, f"{tail} {query.split()[0]}")) == [message["pk"]]


def test_search_ignores_case_in_every_script(people: People, room: int) -> None:
    tail = word()
    message = people.alice.posts(room, f"Привет {tail}")

    assert pks(find(people.bob, f"{tail} привет")) == [message["pk"]]


@pytest.mark.parametrize(
    "text",
    [
        "report.pdf",
        "https://example.org/path/to?x=1",
        "example.org",
        "user@example.org",
        "2026-11-20",
        "3.14",
        "-5",
        "v2.0.1",
        "snake_case_name",
        "e-mail",
        "don't",
        "AT&T",
        "/usr/bin/env",
        "12:30",
        "C++ code",
        "#topic",
        "a<b>bold</b>",
    ],
)
def test_search_finds_a_text_by_itself(people: People, room: int, text: str) -> None:
    tail = word()
    message = people.alice.posts(room, f"{tail} {text}")
    query = f"{tail} {text}"

    assert pks(find(people.bob, query)) == [message["pk"]]


def test_search_finds_part_of_an_address(people: People, room: int) -> None:
    tail = word()
    message = people.alice.posts(room, f"see https://docs.example.org/{tail}/report.pdf")

    assert pks(find(people.bob, tail)) == [message["pk"]]


@pytest.mark.parametrize(
    "q",
    [
        '"',
        '""',
        "*",
        ":",
        "(",
        ")",
        "'",
        "\\",
        "&",
        "|",
        "!",
        "-",
        "<->",
        "%",
        "👍",
        "   ",
        "\u200b",
        ".",
    ],
)
def test_search_for_no_word(people: People, q: str) -> None:
    answer = people.alice.api.get("/api/search/messages/", params={"q": q})

    assert_error(answer, 400, "invalid", "q")


@pytest.mark.parametrize(
    "odd",
    [
        '"{}"',
        '"{}',
        '{}"',
        "{}*",
        "*{}",
        "{}:*",
        "text:{}",
        "{} :",
        "({}",
        "{})",
        "{} & ",
        "!{}",
        "-{}",
        "^{}",
        "{}'",
        "'{}'",
        "{}\\",
        "{};--",
        "{{{}}}",
        "{}\n",
        "{} %",
        "+{}",
        "{} <-> ",
        "@{}",
    ],
)
def test_search_takes_signs_for_no_words(people: People, room: int, odd: str) -> None:
    wanted = word()
    message = people.alice.posts(room, f"text {wanted}")

    assert pks(find(people.bob, odd.format(wanted))) == [message["pk"]]


@pytest.mark.parametrize("operator", ["OR", "AND", "NOT", "NEAR", "or", "not"])
def test_search_takes_operators_for_words(people: People, room: int, operator: str) -> None:
    first, second = word(), word()
    people.alice.posts(room, first)
    people.alice.posts(room, second)
    all_three = people.alice.posts(room, f"{first} {operator} {second}")

    assert pks(find(people.bob, f"{first} {operator} {second}")) == [all_three["pk"]]


@pytest.mark.parametrize(
    "q",
    [
        "_",
        "__",
        "_ a",
        "a _",
        "٣",
        "²",
        "ª",
        "x" * 200,
        "a " * 100,
        "ﷺ",
        "\u0301a",
        "a\u0301",
        "𝒳",
        "à" * 66,
        "NEAR(a b)",
        "rowid:1",
        "{a b}: c",
        "a NEAR/2 b",
        "' OR 1=1 --",
        "a:b:c",
        "a:*b",
        "0x1F",
        "1e5",
        "ſ",
        "İ",
        "ß",
        "_:*",
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_search_with_odd_words_is_an_answer(people: People, q: str) -> None:
    """The client refuses whatever is 5xx; 400 is for what holds no word at all."""
    answer = people.alice.api.get("/api/search/messages/", params={"q": q})

    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert_error(answer, 400, "invalid", "q")
