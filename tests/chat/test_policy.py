"""Who may do what: every action by every standing in every kind of room, written down as data.

Let `refusal` answer `NotAMember` for private rooms too, and an outsider learns which of them exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from backend.chat import (
    events,
    history,
    members,
    messages,
    policy,
    presence,
    reactions,
    rooms,
    unread,
)
from backend.chat.errors import Banned, Forbidden, NotAMember, NotFound
from backend.chat.models import Ban, Message, Room, User
from backend.chat.policy import Standing

from .people import person, promote, resume, say

# One letter per standing, in this order.
WHO = (
    Standing.OWNER,
    Standing.MODERATOR,
    Standing.MEMBER,
    Standing.OUTSIDE,
    Standing.BANNED,
)
OUTCOMES = {".": None, "F": Forbidden, "M": NotAMember, "B": Banned, "N": NotFound}
READ, TAKE_PART = ("....B", "...NN", "  .NN"), ("...MB", "...NN", "  .NN")
BY_MODERATORS, BY_OWNERS = ("..FMB", "..FNN", "  FNN"), (".FFMB", ".FFNN", "  FNN")


@dataclass
class World:
    people: dict[str, User]
    room: int
    own: dict[str, Message]  # a message by each person who was ever in the room
    target: User  # a plain member

    def others(self, who: User) -> Message:
        return next(m for m in self.own.values() if m.author != who)


Action = Callable[[User, World], Any]
MUTED = timezone.now() + timedelta(days=1)
# What is done, and who may: in a public room, in a private one, in a direct one.
TABLE: dict[str, tuple[Action, tuple[str, str, str]]] = {
    "see": (lambda u, w: rooms.view(viewer=u, room=w.room), READ),
    "members": (lambda u, w: members.listing(viewer=u, room=w.room), READ),
    "history": (lambda u, w: history.window(reader=u, room=w.room), READ),
    "message": (lambda u, w: messages.get(reader=u, message=w.others(u).pk), READ),
    "events": (lambda u, w: events.read(reader=u, room=w.room, after_seq=0), READ),
    "subscribe": (lambda u, w: resume(reader=u, room=w.room, after_seq=0), READ),
    "online": (lambda u, w: presence.online(viewer=u, room=w.room), READ),
    "join": (lambda u, w: rooms.join(user=u, room=w.room), READ),
    "post": (lambda u, w: messages.post(author=u, room=w.room, message="x"), TAKE_PART),
    "type": (lambda u, w: rooms.check_may_type(user=u, room=w.room), TAKE_PART),
    "react": (lambda u, w: reactions.add(user=u, message=w.others(u).pk, emoji="👍"), TAKE_PART),
    "mark read": (lambda u, w: unread.mark_read(user=u, room=w.room, seq=1), TAKE_PART),
    "leave": (lambda u, w: rooms.leave(user=u, room=w.room), ("...MB", "...NN", "  FNN")),
    "add": (
        lambda u, w: members.add(by=u, room=w.room, username="new"),
        ("...MB", "...NN", "  FNN"),
    ),
    "rename": (lambda u, w: rooms.change(changer=u, room=w.room, name="New"), BY_MODERATORS),
    "delete of others": (
        lambda u, w: messages.delete(remover=u, message=w.others(u).pk),
        BY_MODERATORS,
    ),
    "mute": (
        lambda u, w: members.change(by=u, room=w.room, user=w.target.pk, muted_until=MUTED),
        BY_MODERATORS,
    ),
    "kick": (lambda u, w: members.kick(by=u, room=w.room, user=w.target.pk), BY_MODERATORS),
    "ban": (
        lambda u, w: members.kick(by=u, room=w.room, user=w.target.pk, ban=True),
        BY_MODERATORS,
    ),
    "role": (
        lambda u, w: members.change(by=u, room=w.room, user=w.target.pk, role="moderator"),
        BY_OWNERS,
    ),
    "delete room": (lambda u, w: rooms.delete(remover=u, room=w.room), BY_OWNERS),
    "edit own": (
        lambda u, w: messages.edit(editor=u, message=w.own[u.username].pk, new_text="y"),
        TAKE_PART,
    ),
    "delete own": (
        lambda u, w: messages.delete(remover=u, message=w.own[u.username].pk),
        READ,
    ),
}
ROWS = [
    pytest.param(kind, action, dict(zip(WHO, letters, strict=True)), id=f"{kind}-{action}")
    for action, (_, by_kind) in TABLE.items()
    for kind, letters in zip(("public", "private", "direct"), by_kind, strict=True)
]


def world(kind: str) -> World:
    people = {who.value: person(who.value) for who in WHO}
    target = person("target")
    person("new")
    if kind == "direct":
        room = rooms.direct(user=people["member"], username="target")[0].room.pk
        own = {"member": say(people["member"], room, "hello")[0]}
        for name in ("outside", "banned"):  # they cannot have spoken there
            own[name] = own["member"]
    else:
        room = rooms.create(owner=people["owner"], name="Room").room.pk
        for user in (*people.values(), target):
            rooms.join(user=user, room=room)
        own = {name: say(user, room, "hello")[0] for name, user in people.items()}
        promote(people["moderator"], room)
        rooms.leave(user=people["outside"], room=room)
        members.kick(by=people["owner"], room=room, user=people["banned"].pk, ban=True)
        Room.objects.filter(pk=room).update(kind=kind)
    own["target"] = say(target, room, "hello")[0]
    return World(people, room, own, target)


def outcome_of(act: Action, who: User, w: World) -> type[Exception] | None:
    """What comes of it; whatever it changed is taken back."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                act(who, w)
            return None
        except Exception as error:
            return type(error)
        finally:
            transaction.set_rollback(True)


@pytest.mark.parametrize(("kind", "action", "letters"), ROWS)
def test_policy(db: None, kind: str, action: str, letters: dict[Standing, str]) -> None:
    w = world(kind)

    found = {
        who: outcome_of(TABLE[action][0], w.people[who], w)
        for who, letter in letters.items()
        if letter != " "  # a direct room has neither owners nor moderators
    }

    assert found == {who: OUTCOMES[letters[who]] for who in found}


def test_table_of_the_code_names_every_action_standing_and_kind() -> None:
    assert set(policy.ALLOWED) == set(policy.Action)
    for by_kind in policy.ALLOWED.values():
        assert set(by_kind) == set(Room.Kind)


def test_deleted_room_exists_for_nobody(db: None) -> None:
    w = world("public")
    rooms.delete(remover=w.people["owner"], room=w.room)

    found = {
        (action, who): outcome_of(act, user, w)
        for action, (act, _) in TABLE.items()
        for who, user in w.people.items()
    }

    assert set(found.values()) == {NotFound}, found


def test_nobody_edits_the_messages_of_others(db: None) -> None:
    w = world("public")

    for who in ("owner", "moderator", "member"):
        user = w.people[who]
        with pytest.raises(Forbidden):
            messages.edit(editor=user, message=w.others(user).pk, new_text="y")


def test_ban_that_was_lifted_leaves_somebody_outside(db: None) -> None:
    w = world("public")
    banned = w.people["banned"]

    members.lift_ban(by=w.people["moderator"], room=w.room, user=banned.pk)

    assert not Ban.objects.exists()
    assert rooms.join(user=banned, room=w.room).membership
