"""Messages that answer others, and messages that address somebody."""

from typing import Any

import pytest

from tests.harness.people import People, assert_error, canary

# -- replies ---------------------------------------------------------------------------------


def test_reply_names_the_message(people: People, room: int) -> None:
    question = people.alice.posts(room)

    answer = people.bob.posts(room, reply_to=question["pk"])

    assert answer["reply_to"] == question["pk"]
    assert people.alice.log(room)[-1]["data"] == answer
    again = people.alice.posts(room, reply_to=answer["pk"])
    assert again["reply_to"] == answer["pk"]


def test_reply_into_another_room(people: People, room: int) -> None:
    elsewhere = people.alice.posts(people.alice.makes_room()["pk"])

    answer = people.alice.api.post(
        f"/api/rooms/{room}/messages/", json={"text": "x", "reply_to": elsewhere["pk"]}
    )

    assert_error(answer, 400, "invalid", "reply_to")
    assert people.alice.sees_room(room)["last_seq"] == 2


@pytest.mark.parametrize("reply_to", [0, -1, 999_999_999, 10**30, "1", 1.0, True, [1]], ids=str)
def test_reply_to_nothing(people: People, room: int, reply_to: Any) -> None:
    body = {"text": "x", "reply_to": reply_to}

    answer = people.bob.api.post(f"/api/rooms/{room}/messages/", json=body)

    assert_error(answer, 400, "invalid", "reply_to")


def test_reply_into_a_private_room_tells_nothing_of_it(
    people: People, room: int, private_room: int
) -> None:
    secret = people.alice.posts(private_room)["pk"]
    path = f"/api/rooms/{room}/messages/"

    of_secret = people.bob.api.post(path, json={"text": "x", "reply_to": secret})
    of_nothing = people.bob.api.post(path, json={"text": "x", "reply_to": 999_999_999})

    assert_error(of_secret, 400, "invalid", "reply_to")
    assert of_secret.content == of_nothing.content


def test_reply_stays_when_what_it_answers_is_deleted(people: People, room: int) -> None:
    question = people.alice.posts(room)
    answer = people.bob.posts(room, reply_to=question["pk"])

    people.alice.api.delete(f"/api/messages/{question['pk']}/")

    assert people.bob.gets(f"/api/messages/{answer['pk']}/")["reply_to"] == question["pk"]


def test_reply_stays_through_an_edit(people: People, room: int) -> None:
    question = people.alice.posts(room)
    answer = people.bob.posts(room, reply_to=question["pk"])

    edited = people.bob.api.patch(f"/api/messages/{answer['pk']}/", json={"text": "y"}).json()

    assert edited["reply_to"] == question["pk"]


def test_reply_repeated_with_its_client_id_is_one(people: People, room: int) -> None:
    question, text = people.alice.posts(room), canary()
    first = people.bob.posts(room, text, reply_to=question["pk"], client_id="r1")

    again = people.bob.posts(room, text, reply_to=question["pk"], client_id="r1")

    assert again == {**first, "duplicate": True}


# -- mentions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "@{}",
        "hello @{}!",
        "(@{})",
        "@{}: look",
        "ask @{}.",
        "is it @{}?",
        "@{}, @{}",
        "line\n@{}\nline",
        '"@{}"',
    ],
)
def test_mention_of_a_member(people: People, room: int, text: str) -> None:
    message = people.alice.posts(room, text.replace("{}", people.bob.username))

    assert message["mentions"] == [people.bob.pk]
    assert people.bob.sees_room(room)["membership"]["mention_count"] == 1


def test_mention_in_any_case(people: People, room: int) -> None:
    message = people.alice.posts(room, f"@{people.bob.username.upper()}")

    assert message["mentions"] == [people.bob.pk]


def test_mention_of_several(people: People, room: int) -> None:
    people.charlie.joins(room)

    message = people.alice.posts(room, f"@{people.charlie.username} and @{people.bob.username}")

    assert sorted(message["mentions"]) == sorted([people.bob.pk, people.charlie.pk])


def test_mention_of_a_stranger_is_none(people: People, room: int) -> None:
    message = people.alice.posts(room, f"@{people.charlie.username} @nobody-of-this-name @")

    assert message["mentions"] == []
    people.charlie.joins(room)
    assert people.charlie.sees_room(room)["membership"]["mention_count"] == 0


@pytest.mark.parametrize("text", ["mail@{}", "x.y@{}.example", "a@{} b", "{}@example.org"])
def test_mention_is_no_part_of_an_address(people: People, room: int, text: str) -> None:
    message = people.alice.posts(room, text.format(people.bob.username))

    assert message["mentions"] == []
    assert people.bob.sees_room(room)["membership"]["mention_count"] == 0


def test_mention_of_a_longer_name_is_another(people: People, room: int) -> None:
    message = people.alice.posts(room, f"@{people.bob.username}x @{people.bob.username[:-1]}")

    assert message["mentions"] == []


def test_mention_of_a_name_that_needs_dots(people: People) -> None:
    dotted = people.new("a.dot+sign")
    room = dotted.makes_room()["pk"]
    people.alice.joins(room)

    message = people.alice.posts(room, f"Good morning, @{dotted.username}.")

    assert message["mentions"] == [dotted.pk]


def test_mention_comes_and_goes_with_edits(people: People, room: int) -> None:
    message = people.alice.posts(room, "hello")
    path = f"/api/messages/{message['pk']}/"

    def mentions_after(text: str) -> tuple[list[int], int]:
        edited = people.alice.api.patch(path, json={"text": text}).json()
        count: int = people.bob.sees_room(room)["membership"]["mention_count"]
        return edited["mentions"], count

    assert mentions_after(f"hello @{people.bob.username}") == ([people.bob.pk], 1)
    assert mentions_after(f"bye @{people.bob.username}") == ([people.bob.pk], 1)
    assert mentions_after("hello all") == ([], 0)


def test_mention_is_gone_with_its_message(people: People, room: int) -> None:
    message = people.alice.posts(room, f"hello @{people.bob.username}")

    people.alice.api.delete(f"/api/messages/{message['pk']}/")

    own = people.bob.sees_room(room)["membership"]
    assert (own["unread_count"], own["mention_count"]) == (0, 0)
    assert people.bob.gets(f"/api/messages/{message['pk']}/")["mentions"] == []


def test_mention_of_oneself_is_not_unread(people: People, room: int) -> None:
    message = people.alice.posts(room, f"I, @{people.alice.username}")

    assert message["mentions"] == [people.alice.pk]
    assert people.alice.sees_room(room)["membership"]["mention_count"] == 0


def test_mentions_without_end(people: People, room: int) -> None:
    message = people.alice.posts(room, f"@{people.bob.username} " + "@a " * 1300)

    assert message["mentions"] == [people.bob.pk]
    assert people.alice.posts(room, "@" * 4000)["mentions"] == []
