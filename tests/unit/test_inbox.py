"""The inbox's counts: reckoned while messages follow one another, else asked of the database.

The lobby's head is 2 when a test begins, and Bob has read it all.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.chat import events, messages, rooms, unread
from backend.chat.models import User
from backend.realtime.database import run

from .inboxes import Inboxes, told


@pytest.fixture
async def inboxes(committed: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inboxes]:
    made = Inboxes()
    markers = unread.markers

    def counted(**kwargs: Any) -> list[unread.Marker]:
        made.asked += 1
        return markers(**kwargs)

    monkeypatch.setattr(unread, "markers", counted)
    events.listen(made.listen)
    yield made
    events.unlisten(made.listen)


async def test_messages_in_a_row_are_reckoned(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)

    await inboxes.say(alice, lobby, "3", "for @bob", "5")
    await inboxes.take()
    await inboxes.tick()

    assert told(socket) == [(lobby, 5, 3, 1, 2)]  # one frame for what happened within a second
    assert inboxes.asked == 0
    [marker] = await run(unread.markers, users=[bob.pk])
    assert (marker.unread.messages, marker.unread.mentions) == (3, 1)


async def test_own_message_moves_the_marker(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)

    await inboxes.say(alice, lobby, "3", "@bob 4")
    await inboxes.say(bob, lobby, "5")
    await inboxes.say(alice, lobby, "6")
    await inboxes.take()
    await inboxes.tick()

    assert told(socket) == [(lobby, 6, 1, 0, 5)]
    assert inboxes.asked == 0


async def test_news_that_comes_twice_counts_once(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3", "4")
    news = inboxes.taken()

    await inboxes.take([*news, *news, news[0]])
    await inboxes.tick()

    assert told(socket) == [(lobby, 4, 2, 0, 2)]


async def test_gap_asks_the_database(inboxes: Inboxes, alice: User, bob: User, lobby: int) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3 @bob", "4", "5")

    await inboxes.take(inboxes.taken()[1:])
    await inboxes.tick()

    assert told(socket) == [(lobby, 5, 3, 1, 2)]
    assert inboxes.asked == 1


async def test_crossed_news_ends_in_what_is_true(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3", "4", "5")

    await inboxes.take(inboxes.taken()[::-1])
    await inboxes.tick()

    assert told(socket)[-1] == (lobby, 5, 3, 0, 2)


async def test_head_that_ran_ahead_unheard_asks_the_database(
    inboxes: Inboxes, alice: User, bob: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3")

    inboxes.local.behind(lobby, 2)
    await inboxes.tick()
    assert (told(socket), inboxes.asked) == ([], 0)

    inboxes.local.behind(lobby, 3)
    await inboxes.tick()

    assert told(socket) == [(lobby, 3, 1, 0, 2)]
    assert inboxes.asked == 1


@pytest.mark.parametrize("change", ["delete", "edit", "topic"])
async def test_what_is_no_new_message_asks_the_database(
    inboxes: Inboxes, alice: User, bob: User, lobby: int, change: str
) -> None:
    socket = await inboxes.open(bob)
    _, pk = await inboxes.say(alice, lobby, "3", "@bob 4")
    await inboxes.take()
    await inboxes.tick()
    assert told(socket) == [(lobby, 4, 2, 1, 2)]

    if change == "delete":
        await run(messages.delete, remover=alice, message=pk)
    elif change == "edit":
        await run(messages.edit, editor=alice, message=pk, new_text="for nobody")
    else:
        await run(rooms.change, changer=alice, room=lobby, topic="New")
    inboxes.asked = 0
    await inboxes.take()
    await inboxes.tick()

    counts = {"delete": (1, 0), "edit": (2, 0), "topic": (2, 1)}[change]
    assert told(socket) == [(lobby, 5, *counts, 2)]
    assert inboxes.asked == 1


async def test_reading_on_elsewhere_asks_the_database(
    inboxes: Inboxes, alice: User, bob: User, charlie: User, lobby: int
) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3", "4")
    await inboxes.take()
    await run(unread.mark_read, user=bob, room=lobby, seq=3)
    inboxes.asked = 0

    for user in (alice, charlie):  # of whom nobody here has an inbox
        inboxes.local.touched(user.pk, lobby)
    inboxes.local.touched(bob.pk, lobby + 1)
    await inboxes.tick()
    assert (told(socket), inboxes.asked) == ([(lobby, 4, 2, 0, 2)], 0)

    inboxes.local.touched(bob.pk, lobby)
    await inboxes.tick()

    assert told(socket) == [(lobby, 4, 1, 0, 3)]
    assert inboxes.asked == 1


async def test_reading_on_while_others_write_is_told_within_seconds(
    inboxes: Inboxes, alice: User, bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await inboxes.open(bob)
    await inboxes.say(alice, lobby, "3", "4")
    await inboxes.take()
    await inboxes.tick()
    told(socket)
    await run(unread.mark_read, user=bob, room=lobby, seq=4)
    inboxes.local.touched(bob.pk, lobby)
    asked = unread.markers

    def overtaken(**kwargs: Any) -> list[unread.Marker]:
        """While the answer is on its way, one more message is said and reckoned."""
        markers = asked(**kwargs)
        messages.post(author=alice, room=lobby, message="5")
        for news in inboxes.taken():
            inboxes.hub.loop.call_soon_threadsafe(inboxes.local.take, news)
        return markers

    with monkeypatch.context() as patch:
        patch.setattr(unread, "markers", overtaken)
        await inboxes.tick()
    await inboxes.tick()
    await inboxes.tick()

    assert told(socket)[-1] == (lobby, 5, 1, 0, 4)


async def test_people_and_rooms_of_a_second_are_asked_for_at_once(
    inboxes: Inboxes, alice: User, bob: User, lobby: int, den: int
) -> None:
    of_alice, of_bob = await inboxes.open(alice), await inboxes.open(bob)
    for room, author in ((lobby, alice), (den, bob)):
        [pk, _] = await inboxes.say(author, room, "one", "two")
        await run(messages.delete, remover=author, message=pk)

    await inboxes.take()
    inboxes.asked = 0
    await inboxes.tick()

    assert inboxes.asked == 1
    assert sorted(told(of_alice)) == sorted([(lobby, 5, 0, 0, 4), (den, 4, 1, 0, 1)])
    assert sorted(told(of_bob)) == sorted([(lobby, 5, 1, 0, 2), (den, 4, 0, 0, 3)])
