"""History: windows by seq, always ascending, with honest bounds."""

from typing import Any

import pytest

from tests.harness.people import People, assert_error


@pytest.fixture(scope="module")
def story(people: People) -> tuple[int, list[int]]:
    """A room with 12 messages, some edited so that there are gaps; the seqs of the messages."""
    room = people.alice.makes_room()["pk"]
    seqs = []
    for number in range(12):
        message = people.alice.posts(room)
        seqs.append(message["seq"])
        if number % 3 == 0:
            people.alice.api.patch(f"/api/messages/{message['pk']}/", json={"text": "edited"})
    return room, seqs


def window(people: People, room: int, **query: Any) -> tuple[list[int], bool, bool]:
    body = people.bob.gets(f"/api/rooms/{room}/messages/", params=query)
    assert body["epoch"]
    assert body["head_seq"] == people.bob.sees_room(room)["last_seq"]
    return [m["seq"] for m in body["results"]], body["has_before"], body["has_after"]


def test_history_of_a_room_without_messages(people: People, room: int) -> None:
    assert window(people, room) == ([], False, False)


def test_history_without_a_bound_is_the_newest(
    people: People, story: tuple[int, list[int]]
) -> None:
    room, seqs = story

    assert window(people, room) == (seqs, False, False)
    assert window(people, room, limit=5) == (seqs[-5:], True, False)
    assert window(people, room, limit=12) == (seqs, False, False)


def test_history_before_a_seq(people: People, story: tuple[int, list[int]]) -> None:
    room, seqs = story

    assert window(people, room, before_seq=seqs[6], limit=3) == (seqs[3:6], True, True)
    assert window(people, room, before_seq=seqs[3], limit=3) == (seqs[:3], False, True)
    assert window(people, room, before_seq=seqs[-1] + 50, limit=3) == (seqs[-3:], True, False)
    assert window(people, room, before_seq=seqs[0]) == ([], False, True)


def test_history_after_a_seq(people: People, story: tuple[int, list[int]]) -> None:
    room, seqs = story

    assert window(people, room, after_seq=seqs[5], limit=3) == (seqs[6:9], True, True)
    assert window(people, room, after_seq=seqs[8], limit=3) == (seqs[9:], True, False)
    assert window(people, room, after_seq=0, limit=3) == (seqs[:3], False, True)
    assert window(people, room, after_seq=seqs[-1]) == ([], True, False)


def test_history_around_a_seq(people: People, story: tuple[int, list[int]]) -> None:
    room, seqs = story

    found, before, after = window(people, room, around_seq=seqs[6], limit=5)

    assert seqs[6] in found
    assert len(found) == 5
    assert found == [seq for seq in seqs if found[0] <= seq <= found[-1]]
    assert (before, after) == (True, True)
    assert window(people, room, around_seq=seqs[6], limit=200) == (seqs, False, False)
    assert window(people, room, around_seq=seqs[6], limit=1) == ([seqs[6]], True, True)


def test_history_walks_over_everything_once(people: People, story: tuple[int, list[int]]) -> None:
    room, seqs = story
    back: list[int] = []
    found, more, _ = window(people, room, limit=5)
    while True:
        back = found + back
        if not more:
            break
        found, more, _ = window(people, room, limit=5, before_seq=back[0])

    assert back == seqs


def test_history_default_limit_is_fifty(people: People) -> None:
    room = people.alice.makes_room()["pk"]
    for _ in range(52):
        people.alice.posts(room, "x")

    found, before, after = window(people, room)

    assert (len(found), before, after) == (50, True, False)


@pytest.mark.parametrize("name", ["before_seq", "after_seq", "around_seq", "limit"])
@pytest.mark.parametrize("value", ["-1", "abc", "1.5", "", "%00", "1e3", "99999999999999999999"])
def test_history_with_a_bad_number(people: People, room: int, name: str, value: str) -> None:
    answer = people.bob.api.get(f"/api/rooms/{room}/messages/?{name}={value}")

    assert_error(answer, 400, "invalid", name)


@pytest.mark.parametrize("limit", [0, 201])
def test_history_limit_out_of_range(people: People, room: int, limit: int) -> None:
    answer = people.bob.api.get(f"/api/rooms/{room}/messages/", params={"limit": limit})

    assert_error(answer, 400, "invalid", "limit")


@pytest.mark.parametrize(
    "query", ["before_seq=5&after_seq=1", "before_seq=5&around_seq=1", "after_seq=1&around_seq=1"]
)
def test_history_with_two_bounds(people: People, room: int, query: str) -> None:
    assert_error(people.bob.api.get(f"/api/rooms/{room}/messages/?{query}"), 400, "invalid")
