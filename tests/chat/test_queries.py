"""Lists cost the same number of queries with one row and with three.

Leave `select_related("author")` out of `window`, and three messages cost two queries more.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backend.chat import events, history, members, messages, presence, rooms, sync
from backend.chat.models import Membership, Session, User
from backend.contract import answers, shapes

from .people import person, say


def queries(read: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def grow(people: list[User], name: str) -> int:
    """One more room, message, edit, member and presence of everything that lists show."""
    owner = person(f"owner-of-{name}")
    people.append(owner)
    room: int = rooms.create(owner=owner, name=name).room.pk
    for user in people[:-1]:
        rooms.join(user=user, room=room)
    [message] = say(owner, room, "hello")
    messages.edit(editor=owner, message=message.pk, new_text="hello!")
    rooms.change(changer=owner, room=room, topic="new")
    presence.arrive(worker=presence.register(), pairs=[(room, owner.pk)])
    Session.objects.create(user=owner, refresh_jti="j", expires_at="2030-01-01T00:00:00Z")
    return room


@pytest.fixture
def first(alice: User) -> int:
    return grow([alice], "first")


def fill(room: int) -> None:
    """Two more of everything in the room, by two more people."""
    for n in range(2):
        user = person(f"guest-{n}")
        rooms.join(user=user, room=room)
        [message] = say(user, room, "hello")
        messages.edit(editor=user, message=message.pk, new_text=f"from {user}")
        owner = Membership.objects.get(room=room, role="owner").user
        rooms.change(changer=owner, room=room, topic=f"topic {n}")


def room_list(viewer: User) -> None:
    found = rooms.listing(viewer=viewer)
    for view in rooms.views(viewer=viewer, rooms=found):
        shapes.Room.of(view)


def synced(viewer: User) -> None:
    pks = rooms.listing(viewer=viewer).values_list("pk", flat=True)
    answers.Sync.of(sync.sync(user=viewer, after=dict.fromkeys(pks, 0)))


@pytest.mark.parametrize("read", [room_list, synced])
def test_lists_of_rooms(alice: User, first: int, read: Callable[[User], None]) -> None:
    with_one = queries(lambda: read(alice))

    people = [alice]
    grow(people, "second")
    grow(people, "third")

    assert queries(lambda: read(alice)) == with_one
    assert with_one <= 8


def member_list(viewer: User, room: int) -> None:
    rows = list(members.listing(viewer=viewer, room=room))
    online = presence.present_among(room=room, users=[row.user_id for row in rows])
    for row in rows:
        shapes.Member.of(row, online=row.user_id in online)


def log(viewer: User, room: int) -> None:
    answers.EventPage.of(events.read(reader=viewer, room=room, after_seq=0))


def window(viewer: User, room: int) -> None:
    answers.MessageWindow.of(history.window(reader=viewer, room=room))


def shown(viewer: User, room: int) -> None:
    shapes.Room.of(rooms.view(viewer=viewer, room=room))


@pytest.mark.parametrize("read", [member_list, log, window, shown])
def test_what_is_in_a_room(alice: User, first: int, read: Callable[[User, int], None]) -> None:
    with_one = queries(lambda: read(alice, first))

    fill(first)

    assert queries(lambda: read(alice, first)) == with_one
    assert with_one <= 7


CHANGELISTS = sorted(
    model._meta.model_name
    for model in admin.site._registry
    if model._meta.app_label == "chat" and model._meta.model_name
)


@pytest.mark.parametrize("model", CHANGELISTS)
def test_changelist_of_the_admin(alice: User, first: int, client: Client, model: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    address = reverse(f"admin:chat_{model}_changelist")

    def read() -> None:
        assert client.get(address).status_code == 200

    read()  # what is read once per process
    with_one = queries(read)

    people = [alice]
    grow(people, "second")
    grow(people, "third")
    fill(first)

    assert queries(read) == with_one
