"""Lists of search, people and inbox cost the same number of queries with one row and with three.

Leave `select_related` out of `search.messages`, and three hits cost two queries more.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.chat import accounts, members, messages, presence, reactions, rooms, search, unread
from backend.chat.models import User
from backend.contract import shapes

from .people import person, say


def queries(read: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def grow(viewer: User, number: int) -> None:
    """One more room of the viewer with somebody else, a reply, a mention, reactions, a mute."""
    owner = person(f"someone-{number}")
    room: int = rooms.create(owner=owner, name=f"Room {number}").room.pk
    rooms.join(user=viewer, room=room)
    [first] = say(owner, room, "word")
    messages.post(author=viewer, room=room, message="word too", reply_to=first.pk)
    [second] = say(owner, room, f"word for @{viewer.username}")
    for user in (owner, viewer):
        for emoji in ("👍", "🎉"):
            reactions.add(user=user, message=second.pk, emoji=emoji)
    members.change(by=owner, room=room, user=viewer.pk, role="moderator")


def found(viewer: User) -> int:
    """Rows of a search as clients get them."""
    rows = search.messages(reader=viewer, query="word").order_by("-rank", "-pk")
    return len([shapes.Message.of(row) for row in rows])


def inbox(viewer: User) -> int:
    return len(unread.markers(users=[viewer.pk]))


def room_list(viewer: User) -> int:
    views = rooms.views(viewer=viewer, rooms=rooms.listing(viewer=viewer, joined=True))
    return len([shapes.Room.of(view) for view in views])


def people_found(viewer: User) -> int:
    return len([shapes.User.of(user) for user in accounts.search(beginning="some")])


@pytest.mark.parametrize(
    ("read", "most"), [(found, 1), (inbox, 1), (room_list, 4), (people_found, 1)]
)
def test_lists_of_a_person(alice: User, read: Callable[[User], int], most: int) -> None:
    grow(alice, 1)
    few = read(alice)
    with_one = queries(lambda: read(alice))

    grow(alice, 2)
    grow(alice, 3)

    assert read(alice) == 3 * few
    assert queries(lambda: read(alice)) == with_one <= most


def test_inbox_of_several_people(alice: User, bob: User) -> None:
    grow(alice, 1)
    with_one = queries(lambda: unread.markers(users=[alice.pk]))

    grow(bob, 2)
    grow(alice, 3)

    assert len(unread.markers(users=[alice.pk, bob.pk])) == 3
    assert queries(lambda: unread.markers(users=[alice.pk, bob.pk])) == with_one == 1


def test_members_with_roles_and_presence(alice: User, lobby: int) -> None:
    def read() -> int:
        rows = list(members.listing(viewer=alice, room=lobby))
        here = presence.present_among(room=lobby, users=[row.user_id for row in rows])
        return len([shapes.Member.of(row, online=row.user_id in here) for row in rows])

    with_two = queries(read)
    worker = presence.register()
    for number in range(3):
        user = person(f"guest-{number}")
        members.add(by=alice, room=lobby, username=user.username)
        presence.arrive(worker=worker, pairs=[(lobby, user.pk)])
        members.change(by=alice, room=lobby, user=user.pk, role="moderator")

    assert read() == 5
    assert queries(read) == with_two <= 3


def test_reaction_of_many_people_costs_no_more(alice: User, lobby: int) -> None:
    [message] = say(alice, lobby, "word")
    users = [person(f"guest-{number}") for number in range(4)]
    for user in users:
        rooms.join(user=user, room=lobby)
    reactions.add(user=alice, message=message.pk, emoji="👍")
    with_two = queries(lambda: reactions.add(user=users[0], message=message.pk, emoji="👍"))
    for user in users[1:3]:
        reactions.add(user=user, message=message.pk, emoji="👍")

    with_five = queries(lambda: reactions.add(user=users[3], message=message.pk, emoji="👍"))

    assert with_five == with_two
