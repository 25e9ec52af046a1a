"""Reactions: one of each emoji per person, and nothing but emoji."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.harness.people import Client, People, Person, assert_error, unique

THUMB, HEART, FAMILY, FLAG = "👍", "❤️", "👨‍👩‍👧‍👦", "🇩🇪"


@pytest.fixture
def message(people: People, room: int) -> dict[str, Any]:
    """Of Alice's; it is event 3."""
    return people.alice.posts(room)


def path(message: dict[str, Any] | int, emoji: str) -> str:
    pk = message if isinstance(message, int) else message["pk"]
    return f"/api/messages/{pk}/reactions/{quote(emoji, safe='')}/"


def react(person: Person, message: dict[str, Any] | int, emoji: str) -> httpx.Response:
    return person.api.put(path(message, emoji))


def take_back(person: Person, message: dict[str, Any] | int, emoji: str) -> httpx.Response:
    return person.api.delete(path(message, emoji))


def test_reaction_is_given(people: People, message: dict[str, Any]) -> None:
    answer = react(people.bob, message, THUMB)

    assert answer.status_code == 200
    assert answer.json() == {
        **message,
        "reactions": [{"emoji": THUMB, "count": 1, "users": [people.bob.pk]}],
    }
    last = people.alice.log(message["room"])[-1]
    assert (last["seq"], last["event"]) == (4, "reaction.added")
    assert (last["actor"], last["data"]) == (people.bob.user, answer.json())
    assert people.alice.gets(f"/api/messages/{message['pk']}/") == answer.json()


def test_reactions_are_gathered_by_emoji(people: People, message: dict[str, Any]) -> None:
    react(people.bob, message, THUMB)
    react(people.alice, message, HEART)

    answer = react(people.alice, message, THUMB)

    assert answer.json()["reactions"] == [
        {"emoji": THUMB, "count": 2, "users": [people.bob.pk, people.alice.pk]},
        {"emoji": HEART, "count": 1, "users": [people.alice.pk]},
    ]
    history = people.bob.gets(f"/api/rooms/{message['room']}/messages/")["results"]
    assert history[-1]["reactions"] == answer.json()["reactions"]


def test_reaction_is_taken_back(people: People, message: dict[str, Any]) -> None:
    react(people.bob, message, THUMB)
    react(people.alice, message, THUMB)

    answer = take_back(people.bob, message, THUMB)

    assert answer.status_code == 200
    assert answer.json()["reactions"] == [{"emoji": THUMB, "count": 1, "users": [people.alice.pk]}]
    last = people.alice.log(message["room"])[-1]
    assert (last["seq"], last["event"], last["actor"]) == (6, "reaction.removed", people.bob.user)
    assert take_back(people.alice, message, THUMB).json()["reactions"] == []


def test_reaction_twice_is_no_event(people: People, message: dict[str, Any]) -> None:
    first = react(people.bob, message, THUMB)

    again = react(people.bob, message, THUMB)

    assert (again.status_code, again.json()) == (200, first.json())
    assert people.alice.sees_room(message["room"])["last_seq"] == 4


def test_reaction_given_at_once_from_several_places_is_one(
    people: People, message: dict[str, Any]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: react(people.bob, message, THUMB), range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert people.alice.sees_room(message["room"])["last_seq"] == 4
    assert answers[-1].json()["reactions"][0]["count"] == 1


def test_taking_back_what_is_not_there_is_no_event(people: People, message: dict[str, Any]) -> None:
    react(people.alice, message, THUMB)

    for emoji in (THUMB, HEART):
        answer = take_back(people.bob, message, emoji)
        assert answer.status_code == 200
        assert answer.json()["reactions"] == [
            {"emoji": THUMB, "count": 1, "users": [people.alice.pk]}
        ]
    assert people.alice.sees_room(message["room"])["last_seq"] == 4


@pytest.mark.parametrize("emoji", [THUMB, HEART, FAMILY, FLAG, "👍🏽", "1️⃣", "🏳️‍🌈", "☺️", "©️"])
def test_reaction_with_every_sort_of_emoji(
    people: People, message: dict[str, Any], emoji: str
) -> None:
    answer = react(people.bob, message, emoji)

    assert answer.status_code == 200
    assert [entry["emoji"] for entry in answer.json()["reactions"]] == [emoji]
    assert take_back(people.bob, message, emoji).json()["reactions"] == []


def test_reaction_without_its_variation_selector_is_the_same(
    people: People, message: dict[str, Any]
) -> None:
    """❤ and ❤️ look the same, and keyboards send either."""
    react(people.bob, message, "\u2764\ufe0f")

    answer = react(people.bob, message, "\u2764")

    assert [entry["count"] for entry in answer.json()["reactions"]] == [1]
    assert people.alice.sees_room(message["room"])["last_seq"] == 4


@pytest.mark.parametrize(
    "emoji",
    [
        "x",
        "+1",
        "1",
        "#",
        ":thumbs_up:",
        "👍👍",
        "👍x",
        " 👍",
        "👍 ",
        "\u200d",
        "\ufe0f",
        "\u200b",
        "%",
        "é",
        "好",
        "<b>",
        "👍" * 100,
        "a" * 3000,
        "\x00",
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_reaction_that_is_no_emoji(people: People, message: dict[str, Any], emoji: str) -> None:
    for answer in (react(people.bob, message, emoji), take_back(people.bob, message, emoji)):
        assert_error(answer, 400, "invalid", "emoji")
    assert people.alice.sees_room(message["room"])["last_seq"] == 3


def test_reaction_to_a_tombstone(people: People, message: dict[str, Any]) -> None:
    react(people.bob, message, THUMB)
    assert people.alice.api.delete(f"/api/messages/{message['pk']}/").status_code == 204

    for answer in (react(people.bob, message, HEART), take_back(people.bob, message, THUMB)):
        assert_error(answer, 409, "conflict")
    assert people.bob.gets(f"/api/messages/{message['pk']}/")["reactions"] == []


def test_reaction_outlives_an_edit(people: People, message: dict[str, Any]) -> None:
    react(people.bob, message, THUMB)

    people.alice.api.patch(f"/api/messages/{message['pk']}/", json={"text": "new"})

    seen = people.bob.gets(f"/api/messages/{message['pk']}/")
    assert (seen["version"], [entry["emoji"] for entry in seen["reactions"]]) == (2, [THUMB])


def test_reaction_leaves_version_and_edited_at_alone(
    people: People, message: dict[str, Any]
) -> None:
    seen = react(people.bob, message, THUMB).json()

    assert (seen["version"], seen["edited_at"]) == (1, None)


def test_reaction_by_somebody_outside(people: People, message: dict[str, Any]) -> None:
    assert_error(react(people.charlie, message, THUMB), 403, "not_a_member")
    assert_error(take_back(people.charlie, message, THUMB), 403, "not_a_member")


def test_reaction_of_who_left_stays(people: People, message: dict[str, Any]) -> None:
    react(people.bob, message, THUMB)
    people.bob.leaves(message["room"])

    seen = people.alice.gets(f"/api/messages/{message['pk']}/")

    assert seen["reactions"] == [{"emoji": THUMB, "count": 1, "users": [people.bob.pk]}]


def test_reaction_to_no_message(people: People) -> None:
    for pk in (0, 999_999_999, 10**17):
        assert_error(react(people.bob, pk, THUMB), 404, "not_found")
        assert_error(take_back(people.bob, pk, THUMB), 404, "not_found")


def test_reaction_needs_a_login(guest: Client, message: dict[str, Any]) -> None:
    assert_error(guest.put(path(message, THUMB)), 401, "not_authenticated")


def test_reaction_takes_no_other_method(people: People, message: dict[str, Any]) -> None:
    assert_error(people.bob.api.get(path(message, THUMB)), 405, "method_not_allowed")
    assert_error(people.bob.api.post(path(message, THUMB)), 405, "method_not_allowed")


def test_reactions_are_not_unread(people: People, message: dict[str, Any]) -> None:
    people.bob.api.post(f"/api/rooms/{message['room']}/read/", json={"seq": message["seq"]})

    react(people.alice, message, THUMB)

    assert people.bob.sees_room(message["room"])["membership"]["unread_count"] == 0


def test_reactions_do_not_bring_a_room_up_front(people: People) -> None:
    """Activity is what was said; a late thumb does not reorder the list."""
    prefix = unique("order")
    first, second = (people.alice.makes_room(name=f"{prefix}-{n}")["pk"] for n in (1, 2))
    message = people.alice.posts(first)
    people.alice.posts(second)

    react(people.alice, message, THUMB)

    rows = people.alice.gets("/api/rooms/", params={"search": prefix})["results"]
    assert [row["pk"] for row in rows] == [second, first]
