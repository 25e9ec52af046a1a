"""Read markers: they only move forward, and what is unread is what others said behind them."""

from typing import Any

import httpx
import pytest

from tests.harness.people import People, Person, assert_error


def read(person: Person, room: int, seq: Any) -> httpx.Response:
    return person.api.post(f"/api/rooms/{room}/read/", json={"seq": seq})


def own(person: Person, room: int) -> tuple[int, int, int]:
    """(last_read_seq, unread_count, mention_count) as the room tells."""
    seen = person.sees_room(room)["membership"]
    return seen["last_read_seq"], seen["unread_count"], seen["mention_count"]


def test_marker_moves_forward(people: People, room: int) -> None:
    _, second, third = (people.alice.posts(room)["seq"] for _ in range(3))
    assert own(people.bob, room) == (2, 3, 0)

    answer = read(people.bob, room, second)

    assert (answer.status_code, answer.json()) == (
        200,
        {"last_read_seq": second, "unread_count": 1},
    )
    assert own(people.bob, room) == (second, 1, 0)
    assert read(people.bob, room, third).json() == {"last_read_seq": third, "unread_count": 0}


def test_marker_never_moves_back(people: People, room: int) -> None:
    first, second = (people.alice.posts(room)["seq"] for _ in range(2))
    read(people.bob, room, second)

    for seq in (first, 0, 1, second):
        answer = read(people.bob, room, seq)
        assert (answer.status_code, answer.json()) == (
            200,
            {"last_read_seq": second, "unread_count": 0},
        )


def test_marker_is_no_event(people: People, room: int) -> None:
    people.alice.posts(room)

    read(people.bob, room, 3)

    assert people.alice.sees_room(room)["last_seq"] == 3


def test_marker_beyond_the_head(people: People, room: int) -> None:
    for seq in (3, 10**6, 2**62):
        assert_error(read(people.bob, room, seq), 400, "invalid", "seq")
    assert own(people.bob, room)[0] == 2


@pytest.mark.parametrize("seq", [-1, 1.0, "1", None, True, 2**63, 10**30, [1]], ids=str)
def test_marker_with_a_bad_seq(people: People, room: int, seq: Any) -> None:
    assert_error(read(people.bob, room, seq), 400, "invalid", "seq")


def test_marker_of_somebody_outside(people: People, room: int) -> None:
    assert_error(read(people.charlie, room, 1), 403, "not_a_member")
    assert_error(read(people.charlie, 999_999_999, 1), 404, "not_found")


def test_own_messages_are_never_unread(people: People, room: int) -> None:
    people.alice.posts(room)

    sent = people.bob.posts(room)

    assert own(people.bob, room) == (sent["seq"], 0, 0)
    assert own(people.alice, room)[1] == 1


def test_deleted_messages_are_not_unread(people: People, room: int) -> None:
    first, _ = (people.alice.posts(room, f"@{people.bob.username}") for _ in range(2))
    assert own(people.bob, room) == (2, 2, 2)

    people.alice.api.delete(f"/api/messages/{first['pk']}/")

    assert own(people.bob, room) == (2, 1, 1)


def test_deleting_what_was_read_changes_nothing(people: People, room: int) -> None:
    first = people.alice.posts(room)
    people.alice.posts(room)
    read(people.bob, room, first["seq"])

    people.alice.api.delete(f"/api/messages/{first['pk']}/")

    assert own(people.bob, room) == (first["seq"], 1, 0)


def test_edits_make_nothing_unread_again(people: People, room: int) -> None:
    first = people.alice.posts(room)
    read(people.bob, room, first["seq"])

    people.alice.api.patch(f"/api/messages/{first['pk']}/", json={"text": "new"})

    assert own(people.bob, room)[1] == 0


def test_what_is_no_message_is_not_unread(people: People, room: int) -> None:
    people.charlie.joins(room)
    people.alice.api.patch(f"/api/rooms/{room}/", json={"topic": "new"})
    people.charlie.leaves(room)

    assert own(people.bob, room) == (2, 0, 0)
    assert read(people.bob, room, 5).json() == {"last_read_seq": 5, "unread_count": 0}


def test_mentions_are_counted_apart(people: People, room: int) -> None:
    people.alice.posts(room)
    mention = people.alice.posts(room, f"@{people.bob.username}!")
    people.alice.posts(room)
    assert own(people.bob, room) == (2, 3, 1)

    read(people.bob, room, mention["seq"])

    assert own(people.bob, room) == (mention["seq"], 1, 0)


def test_joining_and_coming_back_begin_with_nothing_unread(people: People, room: int) -> None:
    people.alice.posts(room)
    assert people.charlie.joins(room)["membership"]["unread_count"] == 0
    people.alice.posts(room)
    assert own(people.charlie, room)[1] == 1

    people.charlie.leaves(room)
    people.alice.posts(room, f"@{people.charlie.username}")

    came_back = people.charlie.joins(room)["membership"]
    assert (came_back["unread_count"], came_back["mention_count"]) == (0, 0)


def test_counts_are_the_same_everywhere(people: People) -> None:
    dora = people.new("dora")
    rooms = [people.alice.makes_room()["pk"] for _ in range(2)]
    for count, room in enumerate(rooms, start=1):
        dora.joins(room)
        for _ in range(count):
            people.alice.posts(room)

    listed = dora.gets("/api/rooms/", params={"joined": "true"})["results"]
    synced = dora.api.post("/api/sync/", json={"rooms": {}}).json()["rooms"]

    assert {row["pk"]: row["membership"]["unread_count"] for row in listed} == {
        rooms[0]: 1,
        rooms[1]: 2,
    }
    assert synced == {
        str(rooms[0]): {"head_seq": 3, "unread_count": 1},
        str(rooms[1]): {"head_seq": 4, "unread_count": 2},
    }


def test_sync_counts_for_rooms_named_and_not(people: People) -> None:
    dora = people.new("dora")
    named, other = (people.alice.makes_room()["pk"] for _ in range(2))
    for room in (named, other):
        dora.joins(room)
        people.alice.posts(room)
    read(dora, other, 3)

    rooms = dora.api.post("/api/sync/", json={"rooms": {str(named): 2}}).json()["rooms"]

    assert rooms[str(other)] == {"head_seq": 3, "unread_count": 0}
    entry = rooms[str(named)]
    assert (entry["head_seq"], entry["unread_count"], entry["complete"]) == (3, 1, True)
    assert [event["seq"] for event in entry["results"]] == [3]
