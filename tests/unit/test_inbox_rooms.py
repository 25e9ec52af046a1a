"""The inbox's rooms and sockets: what comes and goes, noticed with and without its announcement.

Take the call of `_review` out of the tick, and what nobody announced is never noticed.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from backend.chat import events, members, rooms
from backend.chat.models import User
from backend.contract.frames import FLAT, Address
from backend.realtime import inbox as inbox_module
from backend.realtime.database import run

from .fakes import FakeConnection
from .inboxes import Inboxes, told

LONG = inbox_module.REVIEW_SECONDS


@pytest.fixture
async def inboxes(committed: None) -> AsyncIterator[Inboxes]:
    made = Inboxes()
    events.listen(made.listen)
    yield made
    events.unlisten(made.listen)


def kick(bob: User, lobby: int, **options: Any) -> None:
    members.kick(by=User.objects.get(username="alice"), room=lobby, user=bob.pk, **options)


def delete(bob: User, lobby: int) -> None:
    rooms.delete(remover=User.objects.get(username="alice"), room=lobby)


endings = pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda bob, lobby: rooms.leave(user=bob, room=lobby), "left"),
        (kick, "kicked"),
        (lambda bob, lobby: kick(bob, lobby, ban=True), "banned"),
        (delete, "room_deleted"),
    ],
    ids=["left", "kicked", "banned", "room_deleted"],
)


@endings
async def test_membership_that_ends_is_told_with_its_reason(
    inboxes: Inboxes, bob: User, lobby: int, end: Callable[[User, int], None], reason: str
) -> None:
    socket = await inboxes.open(bob)

    await run(end, bob, lobby)
    await inboxes.take()
    await inboxes.tick()

    assert told(socket) == [(lobby, "inbox.left", reason)]
    assert set(inboxes.local.rooms()) == set()


@endings
async def test_membership_that_ended_unheard_is_found_by_the_review(
    inboxes: Inboxes, bob: User, lobby: int, end: Callable[[User, int], None], reason: str
) -> None:
    socket = await inboxes.open(bob)

    await run(end, bob, lobby)
    await inboxes.tick()
    assert told(socket) == []
    await inboxes.tick(LONG)
    await inboxes.take()  # the announcement, after all

    assert told(socket) == [(lobby, "inbox.left", reason)]


@pytest.mark.parametrize("heard", [True, False])
async def test_membership_that_begins_is_told_with_its_room(
    inboxes: Inboxes, bob: User, alice: User, lobby: int, heard: bool
) -> None:
    socket = await inboxes.open(bob)
    hall = (await run(rooms.create, owner=alice, name="Hall", kind="private")).room.pk
    await run(members.add, by=alice, room=hall, username="bob")

    if heard:
        await inboxes.take()
    await inboxes.tick(1 if heard else LONG)

    [joined] = socket.told
    assert (joined["action"], joined["room"]) == ("inbox.joined", hall)
    assert joined["data"]["name"] == "Hall"
    assert joined["data"]["membership"]["role"] == "member"
    await inboxes.take()
    await inboxes.say(alice, hall, "welcome")
    await inboxes.take()
    await inboxes.tick()
    assert told(socket)[1:] == [(hall, 3, 1, 0, 2)]


async def test_while_the_layer_is_not_heard_every_second_is_a_review(
    inboxes: Inboxes, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    inboxes.hub.layer.is_heard = False

    await run(rooms.leave, user=bob, room=lobby)
    await inboxes.tick()

    assert told(socket) == [(lobby, "inbox.left", "left")]


async def test_leaving_and_coming_back_ends_in_the_room_whatever_crossed(
    inboxes: Inboxes, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await run(rooms.leave, user=bob, room=lobby)
    await run(rooms.join, user=bob, room=lobby)
    left, joined = inboxes.taken()

    await inboxes.take([left])
    await inboxes.take([joined])
    await inboxes.take([left])  # late, or read from the log once more
    await inboxes.tick()

    assert [action for _, action, _ in told(socket)] == ["inbox.left", "inbox.joined"]
    assert set(inboxes.local.rooms()) == {lobby}


async def test_second_socket_gets_the_whole_and_then_both_get_the_same(
    inboxes: Inboxes, alice: User, bob: User, lobby: int, den: int
) -> None:
    first = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3")
    await inboxes.take()
    await inboxes.tick()
    told(first)

    second = await inboxes.open(bob, key="2")
    overview = {entry.pop("pk"): entry for entry in second.overview}  # type: ignore[attr-defined]
    assert overview == {
        lobby: {"head_seq": 3, "unread_count": 1},
        den: {"head_seq": 1, "unread_count": 0},
    }
    assert first.told == []
    await inboxes.say(alice, lobby, "4")
    await inboxes.take()
    await inboxes.tick()

    assert [frame["request_id"] for frame in (*first.told, *second.told)] == ["1", "2"]
    assert told(first) == told(second) == [(lobby, 4, 2, 0, 2)]


async def test_socket_hears_nothing_before_its_reply(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = FakeConnection(bob)
    opened = await inboxes.local.open(socket, "1", Address.of(FLAT, 1))  # type: ignore[arg-type]

    await inboxes.say(alice, lobby, "3")
    await inboxes.take()
    await inboxes.tick()
    assert socket.told == []

    assert opened.overview() == [{"pk": lobby, "head_seq": 3, "unread_count": 1}]
    opened.release()
    await inboxes.say(alice, lobby, "4")
    await inboxes.take()
    await inboxes.tick()
    assert told(socket) == [(lobby, 4, 2, 0, 2)]


async def test_closed_socket_hears_nothing_and_its_person_s_others_do(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    closed, open_still = await inboxes.open(bob), await inboxes.open(bob)

    inboxes.local.close(closed)  # type: ignore[arg-type]
    await inboxes.say(alice, lobby, "3")
    await inboxes.take()
    await inboxes.tick()
    assert (told(closed), told(open_still)) == ([], [(lobby, 3, 1, 0, 2)])

    inboxes.local.close(open_still)  # type: ignore[arg-type]
    assert set(inboxes.local.rooms()) == set()


async def test_nothing_is_left_of_who_went_while_a_room_was_being_joined(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await run(rooms.create, owner=bob, name="Hall")

    for news in inboxes.taken():
        inboxes.local.take(news)
    inboxes.local.close(socket)  # type: ignore[arg-type]
    await inboxes.settle()

    assert set(inboxes.local.rooms()) == set()
