"""Messages over REST: post, repeat, edit, delete."""

import concurrent.futures
from typing import Any

import pytest

from tests.harness.people import People, Person, assert_error, canary, unique


def post(person: Person, room: int, **body: Any) -> Any:
    return person.api.post(f"/api/rooms/{room}/messages/", json=body)


def test_post_answers_the_message(people: People, room: int) -> None:
    text = canary()

    answer = post(people.bob, room, text=text, client_id="a.B_9:-")

    assert answer.status_code == 201
    message = answer.json()
    assert (message["room"], message["seq"], message["version"]) == (room, 3, 1)
    assert (message["text"], message["client_id"]) == (text, "a.B_9:-")
    assert message["user"] == people.bob.user
    assert (message["reply_to"], message["edited_at"], message["deleted_at"]) == (None,) * 3
    assert (message["reactions"], message["mentions"]) == ([], [])
    assert "duplicate" not in message
    assert people.alice.gets(f"/api/messages/{message['pk']}/") == message
    assert people.alice.sees_room(room)["last_message"] == message
    assert people.alice.log(room)[-1]["data"] == message


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x" * 4000,
        "🎈" * 4000,
        " a ",
        "two\nlines\tand a tab",
        "e\u0301",
        "\u200f\u05d0",
        "👩\u200d👩\u200d👧",
        '<script>alert("x")</script> \\ " \u2028',
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_post_keeps_the_text_as_it_is(people: People, room: int, text: str) -> None:
    assert people.bob.posts(room, text)["text"] == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t",
        "\u00a0",
        "\u200b",
        "\u200d\u2060\ufeff",
        "x" * 4001,
        "a\u0000b",
        None,
        5,
        ["x"],
    ],
    ids=lambda text: ascii(text)[:12],
)
def test_post_with_a_bad_text(people: People, room: int, text: Any) -> None:
    assert_error(post(people.bob, room, text=text), 400, "invalid", "text")
    assert people.alice.sees_room(room)["last_seq"] == 2


def test_post_with_a_lone_surrogate(people: People, room: int) -> None:
    answer = people.bob.api.post(
        f"/api/rooms/{room}/messages/",
        content=rb'{"text": "\ud800"}',
        headers={"Content-Type": "application/json"},
    )

    assert_error(answer, 400, ("invalid", "malformed"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "x", "client_id": ""}, "client_id"),
        ({"text": "x", "client_id": "x" * 65}, "client_id"),
        ({"text": "x", "client_id": "a b"}, "client_id"),
        ({"text": "x", "client_id": "ä"}, "client_id"),
        ({"text": "x", "client_id": "a\n"}, "client_id"),
        ({"text": "x", "client_id": 5}, "client_id"),
        ({"text": "x", "seq": 5}, "seq"),
        ({"text": "x", "user": 5}, "user"),
    ],
    ids=str,
)
def test_post_with_a_bad_field(people: People, room: int, body: dict[str, Any], field: str) -> None:
    assert_error(post(people.bob, room, **body), 400, "invalid", field)


def test_post_needs_membership(people: People, room: int) -> None:
    assert_error(post(people.charlie, room, text=canary()), 403, "not_a_member")


def test_post_twice_with_a_client_id_is_one_message(people: People, room: int) -> None:
    text, client_id = canary(), unique("id")
    first = post(people.bob, room, text=text, client_id=client_id)

    second = post(people.bob, room, text=text, client_id=client_id)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "duplicate": True}
    assert people.alice.sees_room(room)["last_seq"] == 3


def test_post_another_text_with_a_used_client_id(people: People, room: int) -> None:
    client_id = unique("id")
    post(people.bob, room, text=canary(), client_id=client_id)

    answer = post(people.bob, room, text=canary(), client_id=client_id)

    assert_error(answer, 409, "conflict", "client_id")


def test_post_repeated_after_an_edit_is_still_a_duplicate(people: People, room: int) -> None:
    text, client_id = canary(), unique("id")
    message = people.bob.posts(room, text, client_id=client_id)
    people.bob.api.patch(f"/api/messages/{message['pk']}/", json={"text": canary()})

    answer = post(people.bob, room, text=text, client_id=client_id)

    assert (answer.status_code, answer.json()["pk"]) == (200, message["pk"])


def test_post_client_id_is_the_authors_and_the_rooms_own(people: People, room: int) -> None:
    client_id = unique("id")
    other_room = people.bob.makes_room()["pk"]

    answers = [
        post(person, pk, text=canary(), client_id=client_id)
        for person, pk in [(people.bob, room), (people.alice, room), (people.bob, other_room)]
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_post_many_times_at_once_with_a_client_id_is_one_message(people: People, room: int) -> None:
    body = {"text": canary(), "client_id": unique("id")}

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(people.bob, room, **body), range(16)))

    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["pk"] for answer in answers}) == 1
    assert people.alice.sees_room(room)["last_seq"] == 3
