"""Messages over REST: edit, delete, and who may."""

from typing import Any

import pytest

from tests.harness.people import People, assert_error, canary


def test_edit_by_the_author_counts_versions(people: People, room: int) -> None:
    message = people.bob.posts(room)
    text = canary()

    answer = people.bob.api.patch(
        f"/api/messages/{message['pk']}/", json={"text": text, "version": 1}
    )

    assert answer.status_code == 200
    edited = answer.json()
    assert (edited["text"], edited["version"], edited["seq"]) == (text, 2, message["seq"])
    assert edited["edited_at"] > message["created_at"]
    last = people.alice.log(room)[-1]
    assert (last["seq"], last["event"], last["data"]) == (4, "message.updated", edited)


def test_edit_of_an_old_version(people: People, room: int) -> None:
    path = f"/api/messages/{people.bob.posts(room)['pk']}/"
    assert people.bob.api.patch(path, json={"text": "second"}).status_code == 200

    answer = people.bob.api.patch(path, json={"text": "third", "version": 1})

    assert_error(answer, 409, "conflict", "version")
    assert people.bob.gets(path)["text"] == "second"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "x", "version": 0}, "version"),
        ({"text": "x", "version": "1"}, "version"),
        ({"text": "x", "version": 1.0}, "version"),
        ({"text": "x", "version": 10**30}, "version"),
        ({"text": "x", "client_id": "a"}, "client_id"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_edit_with_a_bad_value(people: People, room: int, body: dict[str, Any], field: str) -> None:
    message = people.bob.posts(room)

    answer = people.bob.api.patch(f"/api/messages/{message['pk']}/", json=body)

    assert_error(answer, 400, "invalid", field)


@pytest.mark.parametrize("who", ["alice", "charlie"])
def test_edit_by_others(people: People, room: int, who: str) -> None:
    message = people.bob.posts(room)

    answer = getattr(people, who).api.patch(f"/api/messages/{message['pk']}/", json={"text": "x"})

    assert_error(answer, 403, ("forbidden", "not_a_member"))


@pytest.mark.parametrize("who", ["bob", "alice"])
def test_delete_by_author_or_owner_leaves_a_tombstone(people: People, room: int, who: str) -> None:
    message = people.bob.posts(room)

    answer = getattr(people, who).api.delete(f"/api/messages/{message['pk']}/")

    assert (answer.status_code, answer.content) == (204, b"")
    tombstone = people.bob.gets(f"/api/messages/{message['pk']}/")
    assert (tombstone["text"], tombstone["pk"], tombstone["seq"]) == ("", message["pk"], 3)
    assert tombstone["deleted_at"]
    # The text comes back nowhere, not even in the event that brought it.
    created, deleted = people.bob.log(room, after_seq=2)
    assert (created["event"], deleted["event"]) == ("message.created", "message.deleted")
    assert created["data"] == deleted["data"] == tombstone
    history = people.bob.gets(f"/api/rooms/{room}/messages/")
    assert history["results"] == [tombstone]


def test_delete_by_somebody_else(people: People, room: int) -> None:
    message = people.alice.posts(room)

    for person in (people.bob, people.charlie):
        answer = person.api.delete(f"/api/messages/{message['pk']}/")
        assert_error(answer, 403, ("forbidden", "not_a_member"))


def test_message_of_a_private_room_does_not_exist_for_others(
    people: People, private_room: int
) -> None:
    path = f"/api/messages/{people.alice.posts(private_room)['pk']}/"

    for answer in (
        people.bob.api.get(path),
        people.bob.api.patch(path, json={"text": "x"}),
        people.bob.api.delete(path),
    ):
        assert_error(answer, 404, "not_found")


@pytest.mark.parametrize("pk", ["0", "-1", "99999999999999999999", "x"])
def test_message_of_an_impossible_pk(people: People, pk: str) -> None:
    assert_error(people.alice.api.get(f"/api/messages/{pk}/"), 404, "not_found")
