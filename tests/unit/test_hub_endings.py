"""How things end in a hub: rooms, memberships, logins, sockets. Nothing is left of them."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.chat import accounts, members, rooms, sessions
from backend.chat.models import User
from backend.contract import tokens
from backend.contract.frames import FLAT, Address
from backend.realtime.connection import Connection, Key
from backend.realtime.database import run
from backend.realtime.hub import Hub
from backend.realtime.outbox import Outbox
from backend.realtime.presence import Joined

from .fakes import Bus, FakeConnection, until
from .hubs import TICK, say, subscribe


async def test_deletion_of_a_room_is_noticed_without_its_announcement(
    here: Hub, there: Hub, bus: Bus, alice: User, bob: User, lobby: int
) -> None:
    far = subscribe(there, bob, lobby)
    bus.drops = True

    await run(rooms.delete, remover=alice, room=lobby)

    await until(lambda: len(far.told) == 1)
    assert far.told[0]["action"] == "subscription.ended"
    assert far.told[0]["data"] == {"reason": "room_deleted"}
    await until(lambda: lobby not in there.feeds)


async def test_leaving_elsewhere_ends_presence_and_subscription_here(
    here: Hub, there: Hub, bus: Bus, bob: User, lobby: int
) -> None:
    far = subscribe(there, bob, lobby)
    await there.presence.join(far, lobby, Joined(FLAT, 2))  # type: ignore[arg-type]
    bus.drops = True

    await run(rooms.leave, user=bob, room=lobby)
    await say_as_owner_of(lobby)

    await until(lambda: not far.joined)
    actions = [frame["action"] for frame in far.told if frame["action"] != "presence"]
    assert actions == ["subscription.ended"]
    assert far.seqs == []


async def say_as_owner_of(lobby: int) -> None:
    await say(await User.objects.aget(username="alice"), lobby, "he is gone")


@pytest.mark.parametrize(("deactivated", "code"), [(False, 4401), (True, 4403)])
async def test_ended_login_closes_its_sockets_and_no_other(
    here: Hub, bob: User, lobby: int, deactivated: bool, code: int
) -> None:
    connection, other = subscribe(here, bob, lobby), subscribe(here, bob, lobby)
    soon = timezone.now()
    sid = connection.login.sid
    await run(sessions.begin, user=bob, sid=sid, refresh_jti="j", expires_at=soon)
    await asyncio.sleep(1.5 * TICK)
    assert connection.closed == []

    if deactivated:
        await run(accounts.deactivate, user=bob)
    else:
        await run(sessions.end, sid=sid)

    await until(lambda: connection.closed != [])
    assert connection.closed[0] == code
    assert other.closed == []


@pytest.mark.parametrize("member", [True, False])
async def test_ban_ends_subscriptions_and_presence_of_members_and_others(
    here: Hub, there: Hub, bus: Bus, alice: User, charlie: User, lobby: int, member: bool
) -> None:
    if member:
        await run(rooms.join, user=charlie, room=lobby)
    head = 3 if member else 2
    banned, other = subscribe(there, charlie, lobby, head), subscribe(there, alice, lobby, head)
    await there.presence.join(banned, lobby, Joined(FLAT, head))  # type: ignore[arg-type]
    bus.drops = True

    await run(members.kick, by=alice, room=lobby, user=charlie.pk, ban=True)
    await until(lambda: not banned.joined)
    await say(alice, lobby, "he is gone")

    await until(lambda: other.seqs != [])
    ended = [frame for frame in banned.told if frame["action"] == "subscription.ended"]
    assert [frame["data"] for frame in ended] == [{"reason": "banned"}]
    assert banned.seqs == []


async def _subscribes(connection: Connection, lobby: int) -> None:
    hub = connection.hub
    subscription = hub.subscribe(connection, room=lobby, address=Address.of(FLAT, 1))
    connection.close(4401, "token_expired", reconnect=True, at_once=True)
    connection.keep(Key(lobby, "1"), subscription)
    hub.started(lobby, 2)
    hub.release(subscription, [], head_seq=2)


async def _joins(connection: Connection, lobby: int) -> None:
    connection.close(4401, "token_expired", reconnect=True, at_once=True)
    await connection.hub.presence.join(connection, lobby, Joined(FLAT, 2))


async def _opens_the_inbox(connection: Connection, lobby: int) -> None:
    connection.close(4401, "token_expired", reconnect=True, at_once=True)
    (await connection.hub.inboxes.open(connection, "1", Address.of(FLAT, 1))).release()


@pytest.mark.parametrize("action", [_subscribes, _joins, _opens_the_inbox])
async def test_nothing_is_left_of_a_socket_that_closes_during_an_action(
    here: Hub, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch, action: Any
) -> None:
    monkeypatch.setattr("backend.realtime.presence.GRACE_SECONDS", 0.05)
    login = tokens.Login(bob, uuid4(), time.time() + 60)
    connection = Connection(here, login, "192.0.2.1", Outbox(None))
    here.add(connection)

    await action(connection, lobby)
    connection.gone()

    await asyncio.sleep(2 * TICK)
    left = set(here.feeds), here.presence.has(lobby), set(here.inboxes.rooms())
    assert left == (set(), False, set())


async def test_nothing_is_left_of_a_socket_that_is_gone(
    here: Hub, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.realtime.presence.GRACE_SECONDS", 0.05)
    connection = subscribe(here, bob, lobby)
    await here.presence.join(connection, lobby, Joined(FLAT, 2))  # type: ignore[arg-type]
    assert set(here.feeds) == {lobby}

    here.discard(connection)  # type: ignore[arg-type]

    await until(lambda: not here.presence.has(lobby))
    await until(lambda: here.feeds == {}, seconds=5 * TICK)
    assert here.connections == set()


async def test_nothing_is_left_of_a_room_that_was_left(here: Hub, bob: User, lobby: int) -> None:
    connection = FakeConnection(bob)
    here.add(connection)  # type: ignore[arg-type]
    await here.presence.join(connection, lobby, Joined(FLAT, 2))  # type: ignore[arg-type]
    here.started(lobby, 2)

    here.presence.left(connection, lobby)  # type: ignore[arg-type]

    await until(lambda: here.feeds == {}, seconds=5 * TICK)
