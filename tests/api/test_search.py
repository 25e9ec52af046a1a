"""Searching messages: only what one may read, as it is now, page by page."""

from typing import Any

import pytest

from tests.harness.people import Client, People, Person, assert_error

from .searching import find, pks, word


def walk(person: Person, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages from the first to the last, and back again."""
    page = person.gets(path, params=query)
    pages = [page["results"]]
    while page["next"]:
        page = person.gets(page["next"])
        pages.append(page["results"])
    back = [page["results"]]
    while page["previous"]:
        page = person.gets(page["previous"])
        back.insert(0, page["results"])
    assert back == pages
    return pages


def test_search_finds_a_message(people: People, room: int) -> None:
    wanted = word()
    message = people.alice.posts(room, f"The {wanted} is here")
    people.alice.posts(room, "and nothing here")

    assert find(people.bob, wanted) == [message]
    assert find(people.bob, wanted.upper()) == [message]


def test_search_wants_all_words(people: People, room: int) -> None:
    first, second = word(), word()
    both = people.alice.posts(room, f"{second} then {first}")
    people.alice.posts(room, first)
    people.alice.posts(room, second)

    assert pks(find(people.bob, f"{first} {second}")) == [both["pk"]]


def test_search_takes_the_last_word_as_a_beginning(people: People, room: int) -> None:
    wanted = word()
    message = people.alice.posts(room, f"{wanted} tomorrow")

    assert pks(find(people.bob, wanted[:-3])) == [message["pk"]]
    assert pks(find(people.bob, f"{wanted} tom")) == [message["pk"]]
    assert pks(find(people.bob, f"tomorrow {wanted[:-2]}")) == [message["pk"]]


def test_search_takes_no_middle_of_a_word(people: People, room: int) -> None:
    wanted = word()
    people.alice.posts(room, wanted)

    assert find(people.bob, wanted[2:]) == []


def test_search_finds_only_what_one_may_read(people: People, room: int, private_room: int) -> None:
    wanted = word()
    public = people.alice.posts(room, wanted)["pk"]
    secret = people.alice.posts(private_room, wanted)["pk"]
    direct = people.alice.api.post("/api/direct/", json={"username": people.bob.username}).json()
    between = people.alice.posts(direct["pk"], wanted)["pk"]

    assert sorted(pks(find(people.alice, wanted))) == [public, secret, between]
    assert sorted(pks(find(people.bob, wanted))) == [public, between]
    assert pks(find(people.charlie, wanted)) == [public]
    people.bob.leaves(room)
    assert sorted(pks(find(people.bob, wanted))) == [public, between]


def test_search_ends_with_membership_ban_and_room(people: People, private_room: int) -> None:
    wanted = word()
    public = people.alice.makes_room()["pk"]
    for room in (public, private_room):
        people.alice.posts(room, wanted)
    body = {"username": people.bob.username}
    people.alice.api.post(f"/api/rooms/{private_room}/members/", json=body)
    assert len(find(people.bob, wanted)) == 2

    people.alice.api.delete(f"/api/rooms/{private_room}/members/{people.bob.pk}/")
    assert [row["room"] for row in find(people.bob, wanted)] == [public]
    people.alice.api.delete(f"/api/rooms/{public}/members/{people.bob.pk}/?ban=true")
    assert find(people.bob, wanted) == []
    assert [row["room"] for row in find(people.charlie, wanted)] == [public]
    people.alice.api.delete(f"/api/rooms/{public}/")
    assert find(people.charlie, wanted) == []
    assert [row["room"] for row in find(people.alice, wanted)] == [private_room]


def test_search_in_one_room(people: People, room: int) -> None:
    wanted = word()
    here = people.alice.posts(room, wanted)["pk"]
    people.alice.posts(people.alice.makes_room()["pk"], wanted)

    assert pks(find(people.charlie, wanted, room=room)) == [here]


def test_search_knows_edits_at_once(people: People, room: int) -> None:
    before, after = word(), word()
    message = people.alice.posts(room, before)

    edited = people.alice.api.patch(f"/api/messages/{message['pk']}/", json={"text": after}).json()

    assert find(people.bob, before) == []
    assert find(people.bob, after) == [edited]


def test_search_knows_deletions_at_once(people: People, room: int) -> None:
    wanted = word()
    message = people.alice.posts(room, wanted)

    people.alice.api.delete(f"/api/messages/{message['pk']}/")

    assert find(people.bob, wanted) == []


def test_search_shows_messages_as_they_are(people: People, room: int) -> None:
    wanted = word()
    message = people.alice.posts(room, f"{wanted} @{people.bob.username}")
    people.bob.api.put(f"/api/messages/{message['pk']}/reactions/👍/")

    [found] = find(people.bob, wanted)

    assert found == people.bob.gets(f"/api/messages/{message['pk']}/")
    assert found["reactions"] and found["mentions"] == [people.bob.pk]


def test_search_gives_the_best_first(people: People, room: int) -> None:
    wanted = word()
    passing = people.alice.posts(room, f"{wanted} " + "is one of many other words here " * 5)
    telling = people.alice.posts(room, f"{wanted} {wanted} {wanted}")
    people.alice.posts(room, "in between")

    assert pks(find(people.bob, wanted)) == [telling["pk"], passing["pk"]]


def test_search_pages_reach_each_row_once(people: People, room: int) -> None:
    wanted = word()
    sent = {people.alice.posts(room, f"{wanted} " + "x " * (n % 3))["pk"] for n in range(7)}

    pages = walk(people.bob, "/api/search/messages/", q=wanted, page_size=2)

    found = [row["pk"] for page in pages for row in page]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert (len(found), set(found)) == (7, sent)
    whole = people.bob.gets("/api/search/messages/", params={"q": wanted})["results"]
    assert found == pks(whole)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "x" * 10_000}, "q"),
        ({"q": "a\u0000b"}, "q"),
        ({"q": "x", "room": "0"}, "room"),
        ({"q": "x", "room": "-1"}, "room"),
        ({"q": "x", "room": "y"}, "room"),
        ({"q": "x", "room": "1" * 40}, "room"),
        ({"q": "x", "page_size": "0"}, "page_size"),
        ({"q": "x", "page_size": "201"}, "page_size"),
        ({"q": "x", "cursor": "abc"}, "cursor"),
        ({"q": "x", "user": "1"}, "user"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_search_with_a_bad_value(people: People, query: dict[str, str], field: str) -> None:
    answer = people.alice.api.get("/api/search/messages/", params=query)

    assert_error(answer, 400, "invalid", field)


def test_search_in_a_room_that_is_not_there(people: People) -> None:
    answer = people.alice.api.get("/api/search/messages/", params={"q": "x", "room": 999_999_999})

    assert_error(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/api/search/messages/?q=x", "/api/users/?search=x"])
def test_search_needs_a_login(guest: Client, path: str) -> None:
    assert_error(guest.get(path), 401, "not_authenticated")
