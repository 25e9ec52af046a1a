"""Sync: one call after being away, bounded whatever was missed.

Forget the budget in `_fill` and three rooms behind answer with all their events.
"""

import pytest

from backend.chat import events, rooms, sync
from backend.chat.errors import NotFound, ResyncRequired
from backend.chat.models import Room, User

from .people import say


@pytest.fixture
def halls(alice: User, bob: User) -> list[int]:
    """Three rooms of Alice's with Bob in them and messages 3 to 6 of hers."""
    pks = [rooms.create(owner=alice, name=f"Hall {n}").room.pk for n in range(3)]
    for pk in pks:
        rooms.join(user=bob, room=pk)
        say(alice, pk, "3", "4", "5", "6")
    return pks


def missed(synced: sync.Synced, room: int) -> list[int]:
    return [event.seq for event in synced.rooms[room].events]


def test_sync_has_every_room_of_the_caller(
    bob: User, charlie: User, lobby: int, halls: list[int]
) -> None:
    rooms.create(owner=charlie, name="Not his")

    synced = sync.sync(user=bob, after={halls[0]: 4})

    assert synced.epoch == events.epoch()
    assert set(synced.rooms) == {lobby, *halls}
    named, other = synced.rooms[halls[0]], synced.rooms[halls[1]]
    assert missed(synced, halls[0]) == [5, 6]
    assert (named.named, named.complete, named.head_seq, named.unread_count) == (True, True, 6, 4)
    assert (other.named, other.events, other.head_seq, other.unread_count) == (False, [], 6, 4)


@pytest.mark.parametrize(
    ("after_seq", "limit", "expected", "complete"),
    [
        (6, 200, [], True),
        (5, 200, [6], True),
        (4, 1, [5], False),
        (4, 2, [5, 6], True),
        (0, 5, [1, 2, 3, 4, 5], False),
    ],
)
def test_sync_at_the_boundaries(
    bob: User, halls: list[int], after_seq: int, limit: int, expected: list[int], complete: bool
) -> None:
    synced = sync.sync(user=bob, after={halls[0]: after_seq}, limit=limit)

    assert missed(synced, halls[0]) == expected
    assert synced.rooms[halls[0]].complete is complete


def test_sync_of_a_public_room_of_others(charlie: User, lobby: int) -> None:
    synced = sync.sync(user=charlie, after={lobby: 1})

    assert missed(synced, lobby) == [2]
    assert synced.rooms[lobby].unread_count == 0


def test_sync_tells_what_is_wrong_with_a_room_in_its_entry(
    alice: User, charlie: User, lobby: int, den: int, halls: list[int]
) -> None:
    rooms.delete(remover=alice, room=halls[2])

    synced = sync.sync(user=charlie, after={lobby: 2, den: 0, halls[2]: 0, halls[0]: 7, 2**62: 0})

    for pk in (den, halls[2], 2**62):
        assert isinstance(synced.rooms[pk].error, NotFound)
    beyond = synced.rooms[halls[0]].error
    assert isinstance(beyond, ResyncRequired)
    assert beyond.data == {"head_seq": 6, "epoch": events.epoch()}
    assert synced.rooms[lobby].error is None


def test_sync_of_another_history_fails_as_a_whole(bob: User, lobby: int) -> None:
    with pytest.raises(ResyncRequired) as caught:
        sync.sync(user=bob, after={lobby: 0}, of_epoch="another")

    assert caught.value.data == {"epoch": events.epoch()}


@pytest.mark.parametrize("budget", [0, 1, 6, 7, 13, 18, 19])
def test_sync_stays_within_its_budget(
    bob: User, halls: list[int], monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(sync, "EVENTS_MOST", budget)

    synced = sync.sync(user=bob, after=dict.fromkeys(halls, 0))

    assert sum(len(missed(synced, pk)) for pk in halls) == min(budget, 18)
    for pk in halls:
        seqs = missed(synced, pk)
        assert seqs == list(range(1, len(seqs) + 1))
        assert synced.rooms[pk].complete is (len(seqs) == 6)


def test_sync_of_more_rooms_than_one_query_takes(
    bob: User, halls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "_SPANS_AT_ONCE", 2)

    synced = sync.sync(user=bob, after=dict.fromkeys(halls, 4))

    assert {pk: missed(synced, pk) for pk in halls} == {pk: [5, 6] for pk in halls}


def test_sync_called_until_complete_gives_every_event_once(
    bob: User, halls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "EVENTS_MOST", 4)
    after = dict.fromkeys(halls, 0)
    read: dict[int, list[int]] = {pk: [] for pk in halls}

    for _ in range(9):
        synced = sync.sync(user=bob, after=after, limit=2)
        for pk in halls:
            read[pk] += missed(synced, pk)
            after[pk] = read[pk][-1] if read[pk] else 0
        if all(synced.rooms[pk].complete for pk in halls):
            break

    assert read == {pk: [1, 2, 3, 4, 5, 6] for pk in halls}


def test_sync_of_a_deleted_room_of_the_caller(alice: User, bob: User, halls: list[int]) -> None:
    Room.objects.filter(pk=halls[0]).update(deleted_at="2026-01-01T00:00:00Z")

    assert halls[0] not in sync.sync(user=bob, after={}).rooms
