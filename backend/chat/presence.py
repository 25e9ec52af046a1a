"""Who is in a room now: leases of workers, and the rooms and people each worker holds sockets of.

A worker that dies leaves one stale row; whoever sees it deletes it, and its people are gone. All
times are the database's, so the clocks of machines need not agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import DenseRank, Now

from . import policy
from .accounts import Person
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
    rows = [(worker.pk, room, user) for room, user in pairs]
    if rows:
        values = ", ".join(["(%s, %s, %s)"] * len(rows))
        # bulk_create() would need a transaction of its own: two more round trips.
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO chat_presence (worker_id, room_id, user_id)"  # noqa: S608
                f" VALUES {values} ON CONFLICT DO NOTHING",
                [pk for row in rows for pk in row],
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


def online(*, viewer: User, room: int) -> tuple[list[Person], int]:
    """Up to 200 of those in the room, the viewer first when present, and how many there are."""
    policy.readable_room(user=viewer, room=room)
    me = Person.of(viewer) if present_among(room=room, users=[viewer.pk]) else None
    return _with_first(me, _shown([room]).get(room, [])), counts(rooms=[room]).get(room, 0)


def enter_all(
    *, worker: Worker, entering: Sequence[tuple[User, int]]
) -> list[tuple[list[Person], int]]:
    """This worker holds sockets of these (member, room); answers who is `online` to each of them.

    Two queries, and one more where more are online than are shown.
    """
    arrive(worker=worker, pairs={(room, user.pk) for user, room in entering})
    rooms = {room for _, room in entering}
    shown = _shown(rooms)
    count = {room: len(people) for room, people in shown.items()}
    if crowded := [room for room in rooms if count.get(room, 0) == SHOWN]:
        count.update(counts(rooms=crowded))
    return [
        (_with_first(Person.of(user), shown.get(room, [])), count.get(room, 1))
        for user, room in entering
    ]


def _shown(rooms: Iterable[int]) -> dict[int, list[Person]]:
    """Up to 200 people of each room, by name. One query."""
    place = Window(DenseRank(), partition_by="room", order_by="user__username_key")
    rows = (
        _alive()
        .filter(room__in=rooms)
        .annotate(place=place)
        .filter(place__lte=SHOWN)
        .order_by("room", "place")
        .values_list("room", "user", "user__username", "user__display_name")
    )
    people: defaultdict[int, dict[Person, None]] = defaultdict(dict)
    for room, *person in rows:  # somebody is there twice through two workers
        people[room][Person._make(person)] = None
    return {room: list(found) for room, found in people.items()}


def _with_first(me: Person | None, people: list[Person]) -> list[Person]:
    if me is None:
        return people
    return [me, *(person for person in people if person != me)][:SHOWN]


def present_among(*, room: int, users: Iterable[int]) -> set[int]:
    rows = _alive().filter(room=room, user__in=users)
    return set(rows.values_list("user", flat=True))


def _alive() -> QuerySet[Presence]:
    return Presence.objects.filter(worker__heartbeat_at__gte=Now() - LEASE)
