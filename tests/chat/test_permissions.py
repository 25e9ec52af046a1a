"""The table of `policy`, cell by cell: done through the domain, and printed in the documentation.

Let one function forget its `require`, or let `refusal` mix up two codes, and its cells are red.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
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
    search,
    sync,
    unread,
)
from backend.chat.errors import ChatError
from backend.chat.models import Membership, Message, Room, User
from backend.chat.policy import Action, Kind, Standing

from .people import person, resume, say

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
MEMBERS = {Standing.MEMBER, Standing.MODERATOR, Standing.OWNER}


@dataclass
class World:
    """Somebody of a standing in a room of a kind, and whom they meet there."""

    room: int
    who: User
    own: Message
    of_other: Message
    target: User  # a member whom everybody with a higher role outranks
    banned: User
    nobody: User


def world(kind: Kind, standing: Standing) -> World:
    """Everybody was in it once, and spoke; then the room became what it is."""
    host, who, target, banned = (person(name) for name in ("host", "who", "target", "banned"))
    room: int = rooms.create(owner=host, name="Room").room.pk
    for user in (who, target, banned):
        rooms.join(user=user, room=room)
    [own], [of_other] = say(who, room, "a word of mine"), say(target, room, "a word of theirs")
    members.kick(by=host, room=room, user=banned.pk, ban=True)
    if standing == Standing.BANNED:
        members.kick(by=host, room=room, user=who.pk, ban=True)
    elif standing == Standing.OUTSIDE:
        members.kick(by=host, room=room, user=who.pk)
    else:
        Membership.objects.filter(room=room, user=who).update(role=standing.value)
    direct = {"name": None, "name_key": None, "direct_key": "1:2"} if kind == Kind.DIRECT else {}
    Room.objects.filter(pk=room).update(kind=kind, **direct)
    return World(room, who, own, of_other, target, banned, person("nobody"))


def listed(w: World) -> None:
    """Lists and searches leave out what one may not read; here that is made an error."""
    found = rooms.listing(viewer=w.who).filter(pk=w.room)
    heard = search.messages(reader=w.who, query="word")
    entry = sync.sync(user=w.who, after={w.room: 0}).rooms[w.room]
    agree = {found.exists(), heard.exists(), entry.error is None}
    assert len(agree) == 1, (found, heard, entry)
    policy.readable_room(user=w.who, room=w.room)
    assert agree == {True}


def tomorrow() -> Any:
    return timezone.now() + timedelta(days=1)


DEEDS: dict[Action, dict[str, Callable[[World], Any]]] = {
    Action.READ: {
        "view": lambda w: rooms.view(viewer=w.who, room=w.room),
        "history": lambda w: history.window(reader=w.who, room=w.room),
        "message": lambda w: messages.get(reader=w.who, message=w.of_other.pk),
        "log": lambda w: events.read(reader=w.who, room=w.room, after_seq=0),
        "subscribe": lambda w: resume(reader=w.who, room=w.room, after_seq=0),
        "members": lambda w: members.listing(viewer=w.who, room=w.room),
        "online": lambda w: presence.online(viewer=w.who, room=w.room),
        "search here": lambda w: search.messages(reader=w.who, query="word", room=w.room),
        "lists": listed,
    },
    Action.JOIN: {"join": lambda w: rooms.join(user=w.who, room=w.room)},
    Action.LEAVE: {"leave": lambda w: rooms.leave(user=w.who, room=w.room)},
    Action.BE_PRESENT: {"mark": lambda w: unread.mark_read(user=w.who, room=w.room, seq=1)},
    Action.SPEAK: {
        "post": lambda w: messages.post(author=w.who, room=w.room, message="x"),
        "reply": lambda w: messages.post(
            author=w.who, room=w.room, message="x", reply_to=w.of_other.pk
        ),
        "edit": lambda w: messages.edit(editor=w.who, message=w.own.pk, new_text="x"),
        "react": lambda w: reactions.add(user=w.who, message=w.of_other.pk, emoji="👍"),
        "take back": lambda w: reactions.remove(user=w.who, message=w.of_other.pk, emoji="👍"),
        "type": lambda w: rooms.check_may_type(user=w.who, room=w.room),
    },
    Action.DELETE_OWN: {"delete": lambda w: messages.delete(remover=w.who, message=w.own.pk)},
    Action.DELETE_ANY: {"delete": lambda w: messages.delete(remover=w.who, message=w.of_other.pk)},
    Action.ADD_PERSON: {"add": lambda w: members.add(by=w.who, room=w.room, username="nobody")},
    Action.CHANGE_ROOM: {
        "name": lambda w: rooms.change(changer=w.who, room=w.room, name="New"),
        "topic": lambda w: rooms.change(changer=w.who, room=w.room, topic="New"),
    },
    Action.MODERATE: {
        "mute": lambda w: members.change(
            by=w.who, room=w.room, user=w.target.pk, muted_until=tomorrow()
        ),
        "unmute": lambda w: members.change(by=w.who, room=w.room, user=w.target.pk, unmute=True),
        "kick": lambda w: members.kick(by=w.who, room=w.room, user=w.target.pk),
        "ban": lambda w: members.kick(by=w.who, room=w.room, user=w.target.pk, ban=True),
        "ban outside": lambda w: members.kick(by=w.who, room=w.room, user=w.nobody.pk, ban=True),
        "lift": lambda w: members.lift_ban(by=w.who, room=w.room, user=w.banned.pk),
    },
    Action.SET_ROLE: {
        role: lambda w, role=role: members.change(  # type: ignore[misc]
            by=w.who, room=w.room, user=w.target.pk, role=role
        )
        for role in ("member", "moderator", "owner")
    },
    Action.DELETE_ROOM: {"delete": lambda w: rooms.delete(remover=w.who, room=w.room)},
}
CELLS = [
    pytest.param(action, kind, standing, id=f"{action.name} {kind} {standing}")
    for action in Action
    for kind in Kind
    for standing in Standing
]


def expected(action: Action, kind: Kind, standing: Standing) -> str:
    """The code of a cell. The rule stands here a second time, in the words of the contract."""
    if standing in policy.ALLOWED[action][kind]:
        return "allowed"
    if standing not in MEMBERS and kind != Kind.PUBLIC:
        return "not_found"
    return {Standing.BANNED: "banned", Standing.OUTSIDE: "not_a_member"}.get(standing, "forbidden")


def outcome(deed: Callable[[World], Any], w: World) -> str:
    """What it comes to; whatever it did is undone."""
    code = "allowed"
    with transaction.atomic():
        try:
            with transaction.atomic():
                deed(w)
        except ChatError as error:
            code = error.code
        transaction.set_rollback(True)
    return code


@pytest.mark.parametrize(("action", "kind", "standing"), CELLS)
def test_cell(db: None, action: Action, kind: Kind, standing: Standing) -> None:
    w = world(kind, standing)

    found = {name: outcome(deed, w) for name, deed in DEEDS[action].items()}

    assert found == dict.fromkeys(DEEDS[action], expected(action, kind, standing))


@pytest.mark.parametrize("action", Action, ids=lambda action: action.name)
@pytest.mark.parametrize("standing", sorted(MEMBERS))
def test_mute_takes_speech_alone(db: None, action: Action, standing: Standing) -> None:
    w = world(Kind.PUBLIC, standing)
    Membership.objects.filter(room=w.room, user=w.who).update(muted_until=tomorrow())

    found = {name: outcome(deed, w) for name, deed in DEEDS[action].items()}

    allowed = expected(action, Kind.PUBLIC, standing)
    code = "muted" if action == Action.SPEAK else allowed
    assert found == dict.fromkeys(DEEDS[action], code)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("action", Action, ids=lambda action: action.name)
def test_deleted_room_is_gone_whoever_asks(db: None, action: Action, standing: Standing) -> None:
    w = world(Kind.PUBLIC, standing)
    Room.objects.filter(pk=w.room).update(deleted_at=timezone.now())

    found = {name: outcome(deed, w) for name, deed in DEEDS[action].items()}

    assert found == dict.fromkeys(DEEDS[action], "not_found")


RANKED = ["member", "moderator", "owner"]


@pytest.mark.parametrize("subject", RANKED)
@pytest.mark.parametrize("actor", ["moderator", "owner"])
def test_nobody_acts_against_their_equals(db: None, actor: str, subject: str) -> None:
    w = world(Kind.PUBLIC, Standing(actor))
    Membership.objects.filter(room=w.room, user=w.target).update(role=subject)

    against = {**DEEDS[Action.MODERATE], **DEEDS[Action.SET_ROLE]}
    found = {
        name: outcome(against[name], w) for name in ("mute", "unmute", "kick", "ban", "moderator")
    }

    outranks = RANKED.index(actor) > RANKED.index(subject)
    code = "allowed" if outranks else "forbidden"
    roles = code if actor == "owner" else "forbidden"
    assert found == {**dict.fromkeys(["mute", "unmute", "kick", "ban"], code), "moderator": roles}


def test_page_shows_the_table_of_the_code() -> None:
    """When this is red: the page says how to print the table anew."""
    text = PAGE.read_text()

    shown = text.split(BEGIN)[1].split(END)[0]

    assert text.count(BEGIN) == text.count(END) == 1
    assert shown.strip() == policy.as_markdown().strip()


def test_table_printed_says_what_the_table_holds() -> None:
    """Read back from the page, for `as_markdown` could print whatever it likes."""
    read: dict[tuple[str, str, str], bool] = {}
    kind, names = "", []
    for line in PAGE.read_text().split(BEGIN)[1].split(END)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("### "):
            kind = next(k.value for k in Kind if k.value in line)
        elif line.startswith("| |"):
            names = cells[1:]
        elif line.startswith("| "):
            read |= {
                (cells[0], kind, name): cell == "yes"
                for name, cell in zip(names, cells[1:], strict=True)
            }

    assert read == {
        (action.value, kind.value, standing.value): standing in policy.ALLOWED[action][kind]
        for action in Action
        for kind in Kind
        for standing in Standing
    }
