"""Finding people by how their username or display name begins."""

from typing import Any

import pytest

from tests.harness.people import People, Person, assert_error, unique


def find(person: Person, search: str) -> list[int]:
    page = person.gets("/api/users/", params={"search": search})
    return [row["pk"] for row in page["results"]]


@pytest.fixture
def named(people: People) -> Any:
    """Gives somebody a display name, and answers them."""

    def name(display_name: str) -> Person:
        person = people.new("named")
        answer = person.api.patch("/api/me/", json={"display_name": display_name})
        assert answer.status_code == 200, answer.text
        return person

    return name


def test_people_by_the_beginning_of_the_username(people: People) -> None:
    name = people.bob.username

    for search in (name, name[:-2], name.upper(), f" {name[:-1]}"):
        assert find(people.alice, search) == [people.bob.pk]
    assert find(people.alice, name[1:]) == []


def test_people_are_shown_as_users(people: People) -> None:
    page = people.alice.gets("/api/users/", params={"search": people.bob.username})

    assert page == {"next": None, "previous": None, "results": [people.bob.user]}
    assert set(page["results"][0]) == {"pk", "username", "display_name"}


@pytest.mark.parametrize(
    ("display_name", "beginning"),
    [
        ("Zoë {}", "ZOË {}"),
        ("Łukasz {}", "łUKASZ {}"),
        ("Ольга {}", "оЛЬГА {}"),
        ("Στέφανος {}", "ΣΤΈΦΑΝΟΣ {}"),
        ("Weiß {}", "WEISS {}"),
        ("山田 {}", "山田 {}"),
        ("عمر {}", "عمر {}"),
        ("Ｗｉｄｅ {}", "wide {}"),
        ("ﬁona {}", "Fiona {}"),
    ],
)
def test_people_by_the_beginning_of_the_display_name(
    people: People, named: Any, display_name: str, beginning: str
) -> None:
    tail = unique("")
    person = named(display_name.format(tail))

    assert find(people.alice, beginning.format(tail)) == [person.pk]
    assert find(people.alice, beginning.format(tail)[:-1]) == [person.pk]
    assert person.pk in find_all(people.alice, beginning.split()[0])


def find_all(person: Person, search: str) -> list[int]:
    page = person.gets("/api/users/", params={"search": search, "page_size": 200})
    return [row["pk"] for row in page["results"]]


def test_people_by_a_word_in_the_middle_are_not_found(people: People, named: Any) -> None:
    tail = unique("last")
    named(f"First {tail}")

    assert find(people.alice, tail) == []


def test_people_by_both_names_come_once(people: People) -> None:
    person = people.new("twice")
    person.api.patch("/api/me/", json={"display_name": person.username})

    assert find(people.alice, person.username) == [person.pk]


def test_people_are_found_by_their_new_name_alone(people: People, named: Any) -> None:
    before, after = unique("before"), unique("after")
    person = named(before)

    person.api.patch("/api/me/", json={"display_name": after})

    assert (find(people.alice, before), find(people.alice, after)) == ([], [person.pk])


def test_people_pages_reach_each_once(people: People, named: Any) -> None:
    prefix = unique("many")
    there = {named(f"{prefix} {n}").pk for n in range(5)}

    found: list[int] = []
    page = people.alice.gets("/api/users/", params={"search": prefix, "page_size": 2})
    found += [row["pk"] for row in page["results"]]
    while page["next"]:
        page = people.alice.gets(page["next"])
        found += [row["pk"] for row in page["results"]]

    assert (len(found), set(found)) == (5, there)


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "%%", "_%", "*", '"', ".*", "\u200b%"])
def test_people_search_takes_signs_as_they_are(people: People, search: str) -> None:
    assert people.bob.pk not in find_all(people.alice, search)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"search": "x" * 1000}, "search"),
        ({"search": "a\u0000b"}, "search"),
        ({"search": "x", "page_size": "0"}, "page_size"),
        ({"search": "x", "page_size": "201"}, "page_size"),
        ({"search": "x", "cursor": "abc"}, "cursor"),
        ({"q": "x"}, "q"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_people_search_with_a_bad_value(people: People, query: dict[str, str], field: str) -> None:
    assert_error(people.alice.api.get("/api/users/", params=query), 400, "invalid", field)
