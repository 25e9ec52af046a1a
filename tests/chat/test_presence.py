"""Who is in a room: leases of workers and what each of them reports.

Leave `distinct` out of `counts` and somebody with a tab at each of two workers is two people.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.chat import presence
from backend.chat.accounts import Person
from backend.chat.errors import NotFound
from backend.chat.models import Presence, User, Worker

from .people import person


@pytest.fixture
def worker(db: None) -> Worker:
    return presence.register()


def let_expire(worker: Worker) -> None:
    late = timezone.now() - presence.LEASE - timedelta(seconds=1)
    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=late)


def test_arrive_and_depart(bob: User, lobby: int, worker: Worker) -> None:
    presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])
    there = presence.pairs(rooms=[lobby]), presence.counts(rooms=[lobby])

    presence.depart(worker=worker, room=lobby, user=bob.pk)

    assert there == ({(lobby, bob.pk)}, {lobby: 1})
    assert (presence.pairs(rooms=[lobby]), presence.counts(rooms=[lobby])) == (set(), {})


def test_arrive_again_changes_nothing(bob: User, lobby: int, worker: Worker) -> None:
    presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])
    presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])
    presence.arrive(worker=worker, pairs=[])

    assert Presence.objects.count() == 1


def test_person_at_two_workers_is_one_until_both_are_gone(
    bob: User, lobby: int, worker: Worker
) -> None:
    other = presence.register()
    for each in (worker, other):
        presence.arrive(worker=each, pairs=[(lobby, bob.pk)])
    assert presence.counts(rooms=[lobby]) == {lobby: 1}

    presence.depart(worker=worker, room=lobby, user=bob.pk)
    assert presence.counts(rooms=[lobby]) == {lobby: 1}

    presence.retire(worker=other)
    assert presence.counts(rooms=[lobby]) == {}


def test_counts_of_several_rooms(alice: User, bob: User, lobby: int, den: int) -> None:
    worker = presence.register()
    presence.arrive(worker=worker, pairs=[(lobby, alice.pk), (lobby, bob.pk), (den, bob.pk)])

    assert presence.counts(rooms=[lobby, den, 2**62]) == {lobby: 2, den: 1}


def test_people_of_a_worker_whose_lease_ran_out_are_offline(
    bob: User, lobby: int, worker: Worker
) -> None:
    presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])

    let_expire(worker)

    assert presence.counts(rooms=[lobby]) == {}
    assert presence.pairs(rooms=[lobby]) == set()
    assert presence.present_among(room=lobby, users=[bob.pk]) == set()
    assert presence.online(viewer=bob, room=lobby) == ([], 0)


def test_beat_keeps_the_own_lease_alive(worker: Worker) -> None:
    let_expire(worker)

    assert presence.beat(worker=worker)

    assert Worker.objects.get().heartbeat_at > timezone.now() - presence.LEASE


def test_beat_removes_stale_workers_and_their_people(bob: User, lobby: int, worker: Worker) -> None:
    stale = presence.register()
    presence.arrive(worker=stale, pairs=[(lobby, bob.pk)])
    let_expire(stale)

    assert presence.beat(worker=worker)

    assert list(Worker.objects.all()) == [worker]
    assert not Presence.objects.exists()


def test_beat_of_a_removed_lease_says_so(worker: Worker) -> None:
    presence.retire(worker=worker)

    assert not presence.beat(worker=worker)


def test_arrive_without_a_lease_is_refused(bob: User, lobby: int, worker: Worker) -> None:
    presence.retire(worker=worker)

    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
        presence.arrive(worker=worker, pairs=[(lobby, bob.pk)])
        connection.check_constraints()  # SQLite looks at the end of the transaction


def test_present_among(alice: User, bob: User, charlie: User, lobby: int, worker: Worker) -> None:
    presence.arrive(worker=worker, pairs=[(lobby, alice.pk), (lobby, bob.pk)])

    found = presence.present_among(room=lobby, users=[bob.pk, charlie.pk])

    assert found == {bob.pk}


def test_online_begins_with_the_viewer(
    alice: User, bob: User, charlie: User, lobby: int, worker: Worker
) -> None:
    presence.arrive(worker=worker, pairs=[(lobby, user.pk) for user in (alice, bob)])

    assert presence.online(viewer=bob, room=lobby) == ([Person.of(bob), Person.of(alice)], 2)
    assert presence.online(viewer=charlie, room=lobby) == ([Person.of(alice), Person.of(bob)], 2)


def test_online_of_a_private_room_for_somebody_outside(charlie: User, den: int) -> None:
    with pytest.raises(NotFound):
        presence.online(viewer=charlie, room=den)


@pytest.mark.parametrize("there", [2, 3, 4, 6])
def test_online_shows_some_and_counts_all(
    bob: User, lobby: int, worker: Worker, monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    monkeypatch.setattr(presence, "SHOWN", 3)
    people = [bob, *(person(f"a-guest-{n}") for n in range(there - 1))]
    presence.arrive(worker=worker, pairs=[(lobby, user.pk) for user in people])

    shown, count = presence.online(viewer=bob, room=lobby)

    assert shown == [Person.of(user) for user in people[:3]]
    assert count == there
