"""Presence in one process: tabs, reloads, and what the database is told about them.

Let `_depart` not look whether the person is back, and a return during the departure is forgotten:
the person sits in the room and is shown offline.
"""

import asyncio
import threading
from typing import Any

import pytest

from backend.chat import presence
from backend.chat.models import Presence, User, Worker
from backend.contract.frames import FLAT
from backend.realtime import presence as local
from backend.realtime.database import run
from backend.realtime.presence import Joined, LocalPresence

from .fakes import FakeConnection, FakeHub, until

GRACE = 0.15


@pytest.fixture
async def here(committed: None, lobby: int, monkeypatch: pytest.MonkeyPatch) -> LocalPresence:
    monkeypatch.setattr(local, "GRACE_SECONDS", GRACE)
    made = LocalPresence(FakeHub())  # type: ignore[arg-type]
    await made.start()
    return made


async def join(here: LocalPresence, user: User, room: int, head_seq: int = 2) -> FakeConnection:
    connection = FakeConnection(user)
    await here.join(connection, room, Joined(FLAT, head_seq))  # type: ignore[arg-type]
    return connection


def lost(here: LocalPresence, connection: FakeConnection) -> None:
    here.lost(connection)  # type: ignore[arg-type]


async def online(room: int) -> set[int]:
    return {user for _, user in await run(presence.pairs, rooms=[room])}


async def comes_to(room: int, expected: set[int]) -> None:
    async with asyncio.timeout(3):
        while await online(room) != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def notices(connection: FakeConnection) -> list[tuple[list[str], list[str], int]]:
    def names(users: list[dict[str, Any]]) -> list[str]:
        return [user["username"] for user in users]

    return [
        (names(n["data"]["joined"]), names(n["data"]["left"]), n["data"]["online"])
        for n in connection.told
    ]


async def test_joined_socket_is_recorded_when_join_returns(
    here: LocalPresence, bob: User, lobby: int
) -> None:
    await join(here, bob, lobby)

    assert await online(lobby) == {bob.pk}


async def test_those_present_are_told_who_came_and_went(
    here: LocalPresence, alice: User, bob: User, lobby: int
) -> None:
    watching = await join(here, alice, lobby)
    await here.tick(100)
    leaver = await join(here, bob, lobby)
    await here.tick(101)
    here.left(leaver, lobby)  # type: ignore[arg-type]
    await comes_to(lobby, {alice.pk})
    await here.tick(102)

    assert notices(watching) == [
        (["alice"], [], 1),
        (["bob"], [], 2),
        ([], ["bob"], 1),
    ]


async def test_lost_socket_counts_until_its_grace_is_over(
    here: LocalPresence, bob: User, lobby: int
) -> None:
    lost(here, await join(here, bob, lobby))

    await asyncio.sleep(GRACE / 3)
    assert await online(lobby) == {bob.pk}
    await comes_to(lobby, set())


async def test_reload_of_a_page_does_not_flicker(
    here: LocalPresence, alice: User, bob: User, lobby: int
) -> None:
    watching, reloading = await join(here, alice, lobby), await join(here, bob, lobby)
    await here.tick(100)
    watching.frames.clear()

    lost(here, reloading)
    await asyncio.sleep(GRACE / 3)
    await here.tick(101)
    await join(here, bob, lobby)
    await asyncio.sleep(2 * GRACE)
    await here.tick(102)

    assert notices(watching) == []
    assert await online(lobby) == {alice.pk, bob.pk}


async def test_two_tabs_are_one_person_until_both_are_closed(
    here: LocalPresence, bob: User, lobby: int
) -> None:
    one, other = await join(here, bob, lobby), await join(here, bob, lobby)

    here.left(one, lobby)  # type: ignore[arg-type]
    await asyncio.sleep(0.1)
    assert await online(lobby) == {bob.pk}

    here.left(other, lobby)  # type: ignore[arg-type]
    await comes_to(lobby, set())
    assert not here.has(lobby)


async def test_return_while_the_departure_is_recorded(
    here: LocalPresence, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_it, go_on = threading.Event(), threading.Event()
    depart = presence.depart

    def slow_depart(**kwargs: Any) -> None:
        at_it.set()
        go_on.wait(5)
        depart(**kwargs)

    monkeypatch.setattr(presence, "depart", slow_depart)
    here.left(await join(here, bob, lobby), lobby)  # type: ignore[arg-type]
    await until(at_it.is_set)

    await join(here, bob, lobby)
    go_on.set()
    await asyncio.gather(*here._hub.tasks)  # type: ignore[attr-defined]

    assert await online(lobby) == {bob.pk}


async def test_departure_that_cannot_be_recorded_is_made_up_for(
    here: LocalPresence, alice: User, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join(here, alice, lobby)
    leaver = await join(here, bob, lobby)
    with monkeypatch.context() as patch:

        def fail(**kwargs: Any) -> None:
            raise ConnectionError("the database is away")

        patch.setattr(presence, "depart", fail)
        here.left(leaver, lobby)  # type: ignore[arg-type]
        await asyncio.gather(*here._hub.tasks)  # type: ignore[attr-defined]

    for now in range(100, 1000, 100):  # a quarter of an hour of ticks
        await here.tick(now)
        await asyncio.sleep(0.01)

    assert await online(lobby) == {alice.pk}


async def test_lease_that_was_removed_is_taken_anew_with_everyone(
    here: LocalPresence, alice: User, bob: User, charlie: User, lobby: int
) -> None:
    await join(here, alice, lobby)
    lost(here, await join(here, bob, lobby))  # he may be back in a moment
    await run(Worker.objects.all().delete)
    assert await online(lobby) == set()

    await here.tick(100)

    assert await online(lobby) == {alice.pk, bob.pk}
    await join(here, charlie, lobby)
    assert await run(Presence.objects.count) == 3


async def test_joining_without_a_lease_takes_one_anew(
    here: LocalPresence, alice: User, bob: User, lobby: int
) -> None:
    await join(here, alice, lobby)
    await run(Worker.objects.all().delete)

    await join(here, bob, lobby)

    assert await online(lobby) == {alice.pk, bob.pk}


@pytest.mark.parametrize(("joined_at", "stays"), [(2, False), (4, False), (5, True), (6, True)])
async def test_evicting_spares_sockets_that_joined_afterwards(
    here: LocalPresence, bob: User, lobby: int, joined_at: int, stays: bool
) -> None:
    connection = await join(here, bob, lobby, head_seq=joined_at)

    here.evict(lobby, user=bob.pk, before_seq=5)

    assert (lobby in connection.joined) is stays
    await comes_to(lobby, {bob.pk} if stays else set())


async def test_evicting_ends_the_grace_too(here: LocalPresence, bob: User, lobby: int) -> None:
    lost(here, await join(here, bob, lobby))

    here.evict(lobby, user=bob.pk, before_seq=5)

    await asyncio.gather(*here._hub.tasks)  # type: ignore[attr-defined]
    assert await online(lobby) == set()


async def test_deleted_room_holds_nobody(
    here: LocalPresence, alice: User, bob: User, lobby: int
) -> None:
    people = [await join(here, alice, lobby), await join(here, bob, lobby)]

    here.room_deleted(lobby)

    await comes_to(lobby, set())
    assert not here.has(lobby)
    assert all(not person.joined for person in people)


async def test_stop_takes_everyone_along(here: LocalPresence, bob: User, lobby: int) -> None:
    await join(here, bob, lobby)

    await here.stop()

    assert await online(lobby) == set()
    assert await run(Worker.objects.count) == 0
