"""The inbox tells of rooms that come and go; what it told adds up to what there is."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.people import People, Person, unique
from tests.harness.sockets import Frame, Socket

from .inboxes import hears, open_inbox, quiet

Connect = Callable[..., Socket]

BAN = {"ban": "true"}


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
    # What is compared with the database just after the opening must not do the others' work.
    socket.settle(1.5)
    return socket


# -- rooms that come and go ------------------------------------------------------------------


def joins(people: People, dora: Person, room: int) -> None:
    dora.joins(room)


def is_added(people: People, dora: Person, room: int) -> None:
    body = {"username": dora.username}
    assert people.alice.api.post(f"/api/rooms/{room}/members/", json=body).status_code == 201


@pytest.mark.parametrize(("kind", "enter"), [("public", joins), ("private", is_added)])
def test_inbox_joined(
    people: People, dora: Person, inbox: Socket, kind: str, enter: Callable[..., None]
) -> None:
    new = people.alice.makes_room(kind=kind)["pk"]

    enter(people, dora, new)

    frame = inbox.event(action="inbox.joined", room=new)
    assert frame["request_id"] == "in"
    assert frame["data"] == dora.sees_room(new)
    assert frame["data"]["membership"]["role"] == "member"
    people.alice.posts(new)
    hears(inbox, new, head_seq=3, unread_count=1)


def test_inbox_joined_of_an_own_room_and_a_direct_one(
    people: People, dora: Person, inbox: Socket
) -> None:
    own = dora.makes_room()["pk"]
    assert inbox.event(action="inbox.joined", room=own)["data"]["membership"]["role"] == "owner"

    gina = people.new("gina")
    direct = gina.api.post("/api/direct/", json={"username": dora.username}).json()["pk"]

    frame = inbox.event(action="inbox.joined", room=direct)
    assert (frame["data"]["kind"], frame["data"]["name"]) == ("direct", None)
    gina.posts(direct)
    hears(inbox, direct, unread_count=1)


def leaves(people: People, dora: Person, room: int) -> None:
    dora.leaves(room)


def is_kicked(people: People, dora: Person, room: int) -> None:
    assert people.alice.api.delete(f"/api/rooms/{room}/members/{dora.pk}/").status_code == 204


def is_banned(people: People, dora: Person, room: int) -> None:
    path = f"/api/rooms/{room}/members/{dora.pk}/"
    assert people.alice.api.delete(path, params=BAN).status_code == 204


def sees_it_deleted(people: People, dora: Person, room: int) -> None:
    assert people.alice.api.delete(f"/api/rooms/{room}/").status_code == 204


ENDS = [
    (leaves, "left"),
    (is_kicked, "kicked"),
    (is_banned, "banned"),
    (sees_it_deleted, "room_deleted"),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_inbox_left(
    people: People,
    dora: Person,
    inbox: Socket,
    room: int,
    connect: Connect,
    end: Callable[..., None],
    reason: str,
) -> None:
    phone = connect(dora)
    open_inbox(phone, 7)
    phone.settle(1.5)  # past the comparison that follows an opening

    end(people, dora, room)

    for socket, request_id in ((inbox, "in"), (phone, 7)):
        frame = socket.event(action="inbox.left", room=room, timeout=2)
        assert (frame["request_id"], frame["data"]) == (request_id, {"reason": reason})
    if reason != "room_deleted":
        people.alice.posts(room)
    for socket in (inbox, phone):
        assert [f for f in quiet(socket) if f["room"] == room] == []


def test_inbox_after_coming_back(people: People, dora: Person, inbox: Socket, room: int) -> None:
    dora.leaves(room)
    inbox.event(action="inbox.left", room=room)

    dora.joins(room)

    assert inbox.event(action="inbox.joined", room=room)["data"]["last_seq"] == 4
    people.alice.posts(room)
    hears(inbox, room, head_seq=5, unread_count=1)


def test_inbox_of_a_ban_outside_is_quiet(people: People, dora: Person, inbox: Socket) -> None:
    other = people.alice.makes_room()["pk"]

    is_banned(people, dora, other)

    assert quiet(inbox) == []


# -- state before + frames = state fetched anew ----------------------------------------------


def fetched(person: Person) -> dict[int, dict[str, int]]:
    rooms = person.gets("/api/rooms/", params={"joined": "true", "page_size": 200})["results"]
    return {room["pk"]: marker(room) for room in rooms}


def marker(room: dict[str, Any]) -> dict[str, int]:
    own = room["membership"]
    names = ("unread_count", "mention_count", "last_read_seq")
    return {"head_seq": room["last_seq"], **{name: own[name] for name in names}}


def reduced(state: dict[int, dict[str, int]], frames: list[Frame]) -> dict[int, dict[str, int]]:
    for frame in frames:
        if frame["action"] == "inbox":
            state[frame["room"]] = frame["data"]
        elif frame["action"] == "inbox.joined":
            state[frame["room"]] = marker(frame["data"])
        elif frame["action"] == "inbox.left":
            del state[frame["room"]]
    return state


def test_inbox_state_is_what_is_fetched_anew(people: People, connect: Connect, seed: int) -> None:
    chance = random.Random(seed)
    hans = people.new("hans")
    rooms = [people.alice.makes_room()["pk"] for _ in range(3)]
    for pk in rooms[:2]:
        hans.joins(pk)
    said: list[tuple[Person, int]] = []
    socket = connect(hans)
    before = fetched(hans)
    open_inbox(socket)

    def step() -> None:
        pk = chance.choice(rooms)
        head = people.alice.sees_room(pk)["last_seq"]
        match chance.randrange(9):
            case 0 | 1 | 2:
                text = chance.choice(["hello", f"@{hans.username}"])
                said.append((people.alice, people.alice.posts(pk, text)["pk"]))
            case 3:
                hans.api.post(f"/api/rooms/{pk}/messages/", json={"text": "mine"})
            case 4 if said:
                author, message = chance.choice(said)
                text = chance.choice(["edited", f"@{hans.username}!"])
                author.api.patch(f"/api/messages/{message}/", json={"text": text})
            case 5 if said:
                author, message = chance.choice(said)
                author.api.delete(f"/api/messages/{message}/")
            case 6:
                hans.api.post(f"/api/rooms/{pk}/read/", json={"seq": chance.randint(1, head)})
            case 7:
                hans.api.post(f"/api/rooms/{pk}/join/")
            case 8:
                if chance.random() < 0.5:
                    hans.api.post(f"/api/rooms/{pk}/leave/")
                else:
                    people.alice.api.delete(f"/api/rooms/{pk}/members/{hans.pk}/")

    for _ in range(60):
        step()

    frames = [f for f in socket.settle(3.5) if f["action"].startswith("inbox")]
    assert reduced(before, frames) == fetched(hans)
