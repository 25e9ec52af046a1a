"""The inbox: what is unread in all rooms of a person, and the subscription itself."""

from collections.abc import Callable

import pytest

from tests.harness.people import People, Person, unique
from tests.harness.sockets import Socket, ok

from .inboxes import hears, open_inbox, quiet

Connect = Callable[..., Socket]


@pytest.fixture(scope="module")
def dora(people: People) -> Person:
    """She has no rooms but those of these tests."""
    return people.new("dora")


@pytest.fixture
def room(people: People, dora: Person) -> int:
    """Alice owns it, Dora is a member. Its head is 2."""
    pk: int = people.alice.makes_room(name=unique("inbox"))["pk"]
    dora.joins(pk)
    return pk


@pytest.fixture
def inbox(dora: Person, room: int, connect: Connect) -> Socket:
    socket = connect(dora)
    open_inbox(socket)
    return socket


# -- the answer ------------------------------------------------------------------------------


def test_inbox_answers_with_all_rooms(people: People, connect: Connect) -> None:
    emil = people.new("emil")
    quiet_room, loud_room = (people.alice.makes_room()["pk"] for _ in range(2))
    for pk in (quiet_room, loud_room):
        emil.joins(pk)
    people.alice.posts(loud_room)
    own = emil.makes_room(kind="private")["pk"]

    overview = open_inbox(connect(emil))

    assert overview == {
        quiet_room: {"pk": quiet_room, "head_seq": 2, "unread_count": 0},
        loud_room: {"pk": loud_room, "head_seq": 3, "unread_count": 1},
        own: {"pk": own, "head_seq": 1, "unread_count": 0},
    }


def test_inbox_of_somebody_without_rooms(people: People, connect: Connect) -> None:
    assert open_inbox(connect(people.new("fred"))) == {}


# -- what is unread --------------------------------------------------------------------------


def test_inbox_tells_what_others_said(people: People, inbox: Socket, room: int) -> None:
    inbox.settle(1.5)  # past what is compared with the database just after the opening

    people.alice.posts(room)

    frame = hears(inbox, room, head_seq=3)

    assert set(frame) == {"request_id", "action", "room", "data"}
    assert frame["request_id"] == "in"
    assert frame["data"] == {
        "head_seq": 3,
        "unread_count": 1,
        "mention_count": 0,
        "last_read_seq": 2,
    }


def test_inbox_counts_mentions_apart(
    people: People, dora: Person, inbox: Socket, room: int
) -> None:
    people.alice.posts(room)
    people.alice.posts(room, f"hello @{dora.username}")

    hears(inbox, room, head_seq=4, unread_count=2, mention_count=1)


def test_inbox_knows_deletions_and_edits(
    people: People, dora: Person, inbox: Socket, room: int
) -> None:
    first, second = (people.alice.posts(room) for _ in range(2))
    hears(inbox, room, unread_count=2, mention_count=0)

    people.alice.api.patch(
        f"/api/messages/{second['pk']}/", json={"text": f"@{dora.username}, look"}
    )
    hears(inbox, room, head_seq=5, unread_count=2, mention_count=1)
    people.alice.api.delete(f"/api/messages/{first['pk']}/")
    hears(inbox, room, head_seq=6, unread_count=1, mention_count=1)
    people.alice.api.delete(f"/api/messages/{second['pk']}/")
    hears(inbox, room, head_seq=7, unread_count=0, mention_count=0)


def test_inbox_tells_of_heads_that_move_without_messages(
    people: People, inbox: Socket, room: int
) -> None:
    people.alice.api.patch(f"/api/rooms/{room}/", json={"topic": "new"})

    hears(inbox, room, head_seq=3, unread_count=0)


def test_inbox_of_own_messages_stays_read(
    people: People, dora: Person, inbox: Socket, room: int
) -> None:
    people.alice.posts(room)
    hears(inbox, room, unread_count=1)

    dora.posts(room)

    hears(inbox, room, head_seq=4, unread_count=0, last_read_seq=4)


def test_inbox_hears_of_markers_set_elsewhere(
    people: People, dora: Person, inbox: Socket, room: int, connect: Connect
) -> None:
    people.alice.posts(room)
    people.alice.posts(room, f"@{dora.username}")
    hears(inbox, room, unread_count=2)
    phone = connect(dora)

    assert ok(phone.request("mark_read", pk=room, seq=3)) == {
        "last_read_seq": 3,
        "unread_count": 1,
    }
    hears(inbox, room, last_read_seq=3, unread_count=1, mention_count=1)
    dora.api.post(f"/api/rooms/{room}/read/", json={"seq": 4})
    hears(inbox, room, last_read_seq=4, unread_count=0, mention_count=0)


def test_inbox_is_quiet_when_nothing_changes(
    people: People, dora: Person, inbox: Socket, room: int
) -> None:
    people.alice.posts(room)
    hears(inbox, room, unread_count=1)

    ok(inbox.request("mark_read", pk=room, seq=1))
    other = people.alice.makes_room()["pk"]
    people.alice.posts(other)
    people.bob.joins(other)

    assert quiet(inbox) == []


def test_inbox_gathers_a_flood(people: People, inbox: Socket, room: int) -> None:
    for _ in range(40):
        people.alice.posts(room)

    hears(inbox, room, head_seq=42, unread_count=40)

    told = [f for f in inbox.journal if f["action"] == "inbox" and f["room"] == room]
    assert len(told) <= 10
    heads = [frame["data"]["head_seq"] for frame in told]
    assert heads == sorted(heads)


# -- the subscription itself -----------------------------------------------------------------


def test_inbox_in_the_envelope(people: People, dora: Person, room: int, connect: Connect) -> None:
    wrapped = connect(dora, stream="mine")
    open_inbox(wrapped, "w")
    new = people.alice.makes_room()["pk"]

    people.alice.posts(room)
    dora.joins(new)
    dora.leaves(new)

    # The client class asserts that these came in the envelope, with the same stream.
    assert hears(wrapped, room, unread_count=1)["request_id"] == "w"
    assert wrapped.event(action="inbox.joined", room=new)["request_id"] == "w"
    assert wrapped.event(action="inbox.left", room=new)["request_id"] == "w"


def test_inbox_twice_is_told_twice(people: People, inbox: Socket, room: int) -> None:
    open_inbox(inbox, "second")
    open_inbox(inbox, "second")

    people.alice.posts(room)

    told = [f["request_id"] for f in quiet(inbox) if f["data"].get("head_seq") == 3]
    assert sorted(told) == ["in", "second"]


def test_inbox_ends_with_unsubscribe(
    people: People, dora: Person, inbox: Socket, room: int, connect: Connect
) -> None:
    phone = connect(dora)
    open_inbox(phone)
    open_inbox(inbox, "second")

    assert ok(inbox.request("unsubscribe_from_inbox")) == {}

    people.alice.posts(room)
    dora.joins(people.alice.makes_room()["pk"])
    hears(phone, room, unread_count=1)
    assert quiet(inbox) == []
    assert ok(inbox.request("unsubscribe_from_inbox")) == {}


def test_inbox_can_be_opened_again(people: People, inbox: Socket, room: int) -> None:
    ok(inbox.request("unsubscribe_from_inbox"))
    people.alice.posts(room)

    overview = open_inbox(inbox, "again")

    assert overview[room] == {"pk": room, "head_seq": 3, "unread_count": 1}
    people.alice.posts(room)
    assert hears(inbox, room, head_seq=4, unread_count=2)["request_id"] == "again"


def test_inbox_goes_on_when_another_device_goes(
    people: People, dora: Person, inbox: Socket, room: int, connect: Connect
) -> None:
    phone = connect(dora)
    open_inbox(phone)

    phone.close()

    people.alice.posts(room)
    hears(inbox, room, unread_count=1)


@pytest.mark.parametrize("action", ["subscribe_to_inbox", "unsubscribe_from_inbox"])
def test_inbox_takes_no_fields(inbox: Socket, action: str) -> None:
    reply = inbox.request(action, pk=1)

    assert (reply["response_status"], reply["errors"][0]["code"]) == (400, "invalid")
