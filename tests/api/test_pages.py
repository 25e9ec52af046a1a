"""Pages: their shape, their order, cursors that reach every row once, and bad queries."""

from typing import Any

import pytest

from tests.harness.people import People, Person, assert_error, unique


@pytest.fixture(scope="module")
def shelf(people: People) -> tuple[str, list[int]]:
    """Seven public rooms of one prefix; their pks, newest first."""
    prefix = unique("shelf")
    pks = [people.alice.makes_room(name=f"{prefix} {n}")["pk"] for n in range(7)]
    return prefix, pks[::-1]


def walk(person: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows, following `next` to the end."""
    page, rows = person.gets(path, params=query), []
    while True:
        assert set(page) >= {"next", "previous", "results"}
        rows += page["results"]
        if page["next"] is None:
            return rows
        page = person.gets(page["next"])


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 200])
def test_rooms_pages_reach_each_row_once(
    people: People, shelf: tuple[str, list[int]], page_size: int
) -> None:
    prefix, pks = shelf

    rows = walk(people.bob, "/api/rooms/", search=prefix, page_size=page_size)

    assert [row["pk"] for row in rows] == pks


def test_rooms_previous_leads_back(people: People, shelf: tuple[str, list[int]]) -> None:
    prefix, pks = shelf
    first = people.bob.gets("/api/rooms/", params={"search": prefix, "page_size": 3})
    second = people.bob.gets(first["next"])

    back = people.bob.gets(second["previous"])

    assert [row["pk"] for row in back["results"]] == pks[:3]
    assert first["previous"] is None


def test_rooms_newest_activity_first(people: People) -> None:
    prefix = unique("active")
    older, newer = (people.alice.makes_room(name=f"{prefix} {n}")["pk"] for n in range(2))

    people.alice.posts(older)

    rows = people.bob.gets("/api/rooms/", params={"search": prefix})["results"]
    assert [row["pk"] for row in rows] == [older, newer]


def test_rooms_search_ignores_case(people: People) -> None:
    name = unique("Straße")
    pk = people.alice.makes_room(name=name)["pk"]

    rows = people.bob.gets("/api/rooms/", params={"search": name.upper()})["results"]

    assert [row["pk"] for row in rows] == [pk]


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "%25%5C"])
def test_rooms_search_takes_signs_as_they_are(people: People, search: str) -> None:
    rows = people.bob.gets("/api/rooms/", params={"search": search})["results"]

    assert [row["name"] for row in rows if search not in row["name"]] == []


def test_rooms_hides_private_rooms_of_others(people: People) -> None:
    prefix = unique("hidden")
    own = people.alice.makes_room(name=f"{prefix} own", kind="private")["pk"]

    def seen(person: Person) -> list[int]:
        rows = person.gets("/api/rooms/", params={"search": prefix})["results"]
        return [row["pk"] for row in rows]

    assert seen(people.alice) == [own]
    assert seen(people.bob) == []


def test_rooms_filters_by_kind_and_membership(people: People) -> None:
    prefix = unique("filter")
    public = people.alice.makes_room(name=f"{prefix} public")["pk"]
    private = people.alice.makes_room(name=f"{prefix} private", kind="private")["pk"]
    other = people.bob.makes_room(name=f"{prefix} other")["pk"]

    def seen(**query: str) -> set[int]:
        rows = people.alice.gets("/api/rooms/", params={"search": prefix, **query})["results"]
        return {row["pk"] for row in rows}

    assert seen(kind="public") == {public, other}
    assert seen(kind="private") == {private}
    assert seen(joined="true") == {public, private}
    assert seen(kind="public", joined="true") == {public}


def test_members_pages_reach_each_row_once(people: People, room: int) -> None:
    people.charlie.joins(room)

    rows = walk(people.alice, f"/api/rooms/{room}/members/", page_size=1)

    everybody = [people.alice.pk, people.bob.pk, people.charlie.pk]
    assert sorted(row["user"]["pk"] for row in rows) == sorted(everybody)


BAD_CURSORS = ["%00", "-1", "0", "1000000000", "abc", "", "bzoxMDAw", "cD0%3D", "%F0%9F%8E%88"]


@pytest.mark.parametrize("path", ["/api/rooms/", "/api/rooms/{}/members/"])
@pytest.mark.parametrize("cursor", [c for c in BAD_CURSORS if c])
def test_page_with_a_bad_cursor(people: People, room: int, path: str, cursor: str) -> None:
    answer = people.alice.api.get(f"{path.format(room)}?cursor={cursor}")

    assert_error(answer, 400, "invalid", "cursor")


def test_page_with_a_cursor_of_another_list(people: People, room: int) -> None:
    page = people.alice.gets(f"/api/rooms/{room}/members/", params={"page_size": 1})
    cursor = page["next"].split("cursor=")[1].split("&")[0]

    answer = people.alice.api.get(f"/api/rooms/?cursor={cursor}")

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("path", ["/api/rooms/", "/api/rooms/{}/members/"])
@pytest.mark.parametrize("size", ["0", "-1", "201", "abc", "1.5", "99999999999999999999"])
def test_page_size_out_of_range(people: People, room: int, path: str, size: str) -> None:
    answer = people.alice.api.get(f"{path.format(room)}?page_size={size}")

    assert_error(answer, 400, "invalid", "page_size")


@pytest.mark.parametrize(
    ("query", "field"),
    [("kind=secret", "kind"), ("joined=perhaps", "joined"), ("search=%00", "search")],
)
def test_rooms_with_a_bad_filter(people: People, query: str, field: str) -> None:
    assert_error(people.alice.api.get(f"/api/rooms/?{query}"), 400, "invalid", field)


def test_rooms_with_a_repeated_cursor(people: People, shelf: tuple[str, list[int]]) -> None:
    first = people.bob.gets("/api/rooms/", params={"search": shelf[0], "page_size": 3})
    cursor = first["next"].split("cursor=")[1].split("&")[0]

    answer = people.bob.api.get(f"/api/rooms/?cursor={cursor}&cursor={cursor}")

    assert answer.status_code in (200, 400)
