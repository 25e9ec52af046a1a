"""Who is in a room now: leases of workers, and the rooms and people each worker holds sockets of.

A worker that dies leaves one stale row; whoever sees it deletes it, and its people are gone. All
times are the database's, so the clocks of machines need not agree.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from . import policy
from .models import Presence, User, Worker

HEARTBEAT_SECONDS = 5
# Three heartbeats may be late before a worker's people are offline.
LEASE = timedelta(seconds=20)
SHOWN = 200


def register() -> Worker:
    """A lease for this process, to be kept alive by `beat`."""
    return Worker.objects.create(heartbeat_at=Now())


def beat(*, worker: Worker) -> bool:
    """Renew the lease and remove stale ones. False: ours was removed; register anew."""
    alive = Worker.objects.filter(pk=worker.pk).update(heartbeat_at=Now())
    stale = list(Worker.objects.filter(heartbeat_at__lt=Now() - LEASE).values_list("pk", flat=True))
    if stale:
        with transaction.atomic():
            Worker.objects.filter(pk__in=stale, heartbeat_at__lt=Now() - LEASE).delete()
    return bool(alive)


def retire(*, worker: Worker) -> None:
    """End the lease; everyone this worker reported is gone."""
    Worker.objects.filter(pk=worker.pk).delete()


def arrive(*, worker: Worker, pairs: Iterable[tuple[int, int]]) -> None:
    """This worker holds sockets of these (room, user) pairs; repeating it changes nothing."""
    Presence.objects.bulk_create(
        [Presence(worker=worker, room_id=room, user_id=user) for room, user in pairs],
        ignore_conflicts=True,
    )


def depart(*, worker: Worker, room: int, user: int) -> None:
    Presence.objects.filter(worker=worker, room=room, user=user).delete()


def counts(*, rooms: Iterable[int]) -> dict[int, int]:
    """How many people are in each room; empty rooms are left out. One query."""
    rows = _alive().filter(room__in=rooms).values("room")
    return {r["room"]: r["n"] for r in rows.annotate(n=Count("user", distinct=True))}


def pairs(*, rooms: Iterable[int]) -> set[tuple[int, int]]:
    """The (room, user) pairs of everyone in these rooms. One query."""
    return set(_alive().filter(room__in=rooms).values_list("room", "user"))


def online(*, viewer: User, room: int) -> tuple[list[User], int]:
    """Up to 200 of those in the room, the viewer first when present, and how many there are."""
    policy.readable_room(user=viewer, room=room)
    present = User.objects.filter(pk__in=_alive().filter(room=room).values("user"))
    shown = list(present.filter(pk=viewer.pk))
    shown += present.exclude(pk=viewer.pk).order_by("username_key")[: SHOWN - len(shown)]
    return shown, len(shown) if len(shown) < SHOWN else present.count()


def present_among(*, room: int, users: Iterable[int]) -> set[int]:
    rows = _alive().filter(room=room, user__in=users)
    return set(rows.values_list("user", flat=True))


def _alive() -> QuerySet[Presence]:
    return Presence.objects.filter(worker__heartbeat_at__gte=Now() - LEASE)
