"""The log over REST: paging, epoch, long polling, and `sync`."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, Person, assert_error


def events(person: Person, room: int, **query: Any) -> dict[str, Any]:
    return person.gets(f"/api/rooms/{room}/events/", params=query)


def head(page: dict[str, Any]) -> tuple[list[int], int, bool]:
    return [event["seq"] for event in page["results"]], page["head_seq"], page["complete"]


def test_events_pages_lead_to_the_head(people: People, room: int) -> None:
    for _ in range(5):
        people.alice.posts(room)

    assert head(events(people.charlie, room)) == ([1, 2, 3, 4, 5, 6, 7], 7, True)
    assert head(events(people.charlie, room, limit=3)) == ([1, 2, 3], 7, False)
    assert head(events(people.charlie, room, after_seq=3, limit=4)) == ([4, 5, 6, 7], 7, True)
    assert head(events(people.charlie, room, after_seq=7)) == ([], 7, True)


def test_events_default_limit_is_two_hundred(people: People) -> None:
    room = people.alice.makes_room()["pk"]
    for _ in range(201):
        people.alice.posts(room, "x")

    seqs, head_seq, complete = head(events(people.bob, room))

    assert (seqs, head_seq, complete) == (list(range(1, 201)), 202, False)
    assert head(events(people.bob, room, limit=1000)) == (list(range(1, 203)), 202, True)


def test_events_show_objects_as_they_are_now(people: People, room: int) -> None:
    message = people.bob.posts(room, "first")
    people.bob.api.patch(f"/api/messages/{message['pk']}/", json={"text": "second"})

    created, updated = events(people.alice, room, after_seq=2)["results"]

    assert created["data"]["text"] == updated["data"]["text"] == "second"
    assert created["actor"] == people.bob.user


def test_events_of_this_epoch(people: People, room: int) -> None:
    epoch = events(people.alice, room)["epoch"]

    assert head(events(people.alice, room, after_seq=1, epoch=epoch)) == ([2], 2, True)


@pytest.mark.parametrize("query", [{"epoch": "another"}, {"after_seq": 3}, {"after_seq": 10**9}])
def test_events_that_cannot_be_continued(people: People, room: int, query: dict[str, Any]) -> None:
    answer = people.bob.api.get(f"/api/rooms/{room}/events/", params=query)

    body = assert_error(answer, 409, "resync_required")
    assert body["data"] == {"head_seq": 2, "epoch": events(people.bob, room)["epoch"]}


@pytest.mark.parametrize("name", ["after_seq", "limit", "wait"])
@pytest.mark.parametrize("value", ["-1", "abc", "", "99999999999999999999", "NaN", "Infinity"])
def test_events_with_a_bad_number(people: People, room: int, name: str, value: str) -> None:
    answer = people.bob.api.get(f"/api/rooms/{room}/events/?{name}={value}")

    assert_error(answer, 400, "invalid", name)


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 1001), ("wait", 26)])
def test_events_number_out_of_range(people: People, room: int, name: str, value: int) -> None:
    answer = people.bob.api.get(f"/api/rooms/{room}/events/", params={name: value})

    assert_error(answer, 400, "invalid", name)


# -- long polling ----------------------------------------------------------------------------


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began


def test_wait_answers_at_once_when_there_is_something(people: People, room: int) -> None:
    page, seconds = timed(lambda: events(people.bob, room, after_seq=1, wait=10))

    assert head(page) == ([2], 2, True)
    assert seconds < 1


def test_wait_answers_a_new_event_within_a_second(people: People, room: int) -> None:
    posted: list[float] = []

    def post() -> None:
        time.sleep(1)
        people.alice.posts(room)
        posted.append(time.monotonic())

    writer = threading.Thread(target=post)
    writer.start()

    page, _ = timed(lambda: events(people.bob, room, after_seq=2, wait=10))
    answered = time.monotonic()
    writer.join()

    assert head(page) == ([3], 3, True)
    assert answered - posted[0] < 1


def test_wait_ends_empty(people: People, room: int) -> None:
    page, seconds = timed(lambda: events(people.bob, room, after_seq=2, wait=1))

    assert head(page) == ([], 2, True)
    assert 0.9 < seconds < 3


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        ("bob", {"epoch": "another"}, 409),
        ("bob", {"after_seq": 99}, 409),
        ("bob", {"limit": 0}, 400),
        ("guest", {}, 401),
    ],
    ids=str,
)
def test_wait_refuses_at_once(
    people: People, guest: Any, room: int, who: str, query: dict[str, Any], status: int
) -> None:
    client = guest if who == "guest" else people.bob.api
    path = f"/api/rooms/{room}/events/"

    answer, seconds = timed(lambda: client.get(path, params={"wait": 10, **query}))

    assert answer.status_code == status
    assert seconds < 2


def test_wait_for_a_private_room_of_others(people: People, private_room: int) -> None:
    answer = people.bob.api.get(f"/api/rooms/{private_room}/events/", params={"wait": 5})

    assert_error(answer, 404, "not_found")


# -- sync ------------------------------------------------------------------------------------


@pytest.fixture
def traveller(people: People) -> Person:
    """Somebody whose rooms a test may count."""
    return people.new("traveller")


def sync(person: Person, **body: Any) -> Any:
    return person.api.post("/api/sync/", json=body)


def test_sync_tells_of_every_room(people: People, traveller: Person, room: int) -> None:
    own = traveller.makes_room()["pk"]
    traveller.joins(room)
    people.alice.posts(room)
    people.alice.posts(room)

    body = sync(traveller, rooms={str(room): 3}).json()

    assert set(body["rooms"]) == {str(room), str(own)}
    named, other = body["rooms"][str(room)], body["rooms"][str(own)]
    assert [event["seq"] for event in named["results"]] == [4, 5]
    assert (named["head_seq"], named["complete"], named["unread_count"]) == (5, True, 2)
    assert other == {"head_seq": 1, "unread_count": 0}
    assert body["epoch"] == events(traveller, room)["epoch"]


def test_sync_with_a_limit_is_not_complete(people: People, traveller: Person, room: int) -> None:
    traveller.joins(room)

    entry = sync(traveller, rooms={str(room): 0}, limit=2).json()["rooms"][str(room)]

    assert [event["seq"] for event in entry["results"]] == [1, 2]
    assert (entry["head_seq"], entry["complete"]) == (3, False)


def test_sync_of_nothing(traveller: Person) -> None:
    answer = sync(traveller, rooms={})

    assert (answer.status_code, answer.json()["rooms"]) == (200, {})


def test_sync_refuses_a_room_in_its_own_entry(
    people: People, traveller: Person, room: int, private_room: int
) -> None:
    gone = people.alice.makes_room()["pk"]
    people.alice.api.delete(f"/api/rooms/{gone}/")
    traveller.joins(room)

    rooms = {str(room): 99, str(private_room): 0, str(gone): 0, str(10**15): 0}
    entries = sync(traveller, rooms=rooms).json()["rooms"]

    assert entries[str(room)]["errors"][0]["code"] == "resync_required"
    for pk in (private_room, gone, 10**15):
        assert entries[str(pk)]["errors"][0]["code"] == "not_found"


def test_sync_of_another_epoch_fails_whole(traveller: Person) -> None:
    assert_error(sync(traveller, rooms={}, epoch="another"), 409, "resync_required")


@pytest.mark.parametrize(
    "body",
    [
        {"rooms": []},
        {"rooms": {"x": 1}},
        {"rooms": {"-1": 1}},
        {"rooms": {"1": -1}},
        {"rooms": {"1": "1"}},
        {"rooms": {"1": 1.0}},
        {"rooms": {"1": True}},
        {"rooms": {"1": 10**30}},
        {"rooms": {}, "limit": 0},
        {"rooms": {}, "limit": 1001},
        {"rooms": {}, "epoch": 5},
        {"rooms": {}, "wait": 5},
    ],
    ids=str,
)
def test_sync_with_a_bad_value(people: People, body: dict[str, Any]) -> None:
    assert_error(sync(people.alice, **body), 400, "invalid")
