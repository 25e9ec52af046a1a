"""For each kind of event: what one knew, plus the events as clients get them, is what there is.

The replica below sees JSON only, so it also holds against the shapes. Let `_change` of reactions
save without its event, or `change` of members forget `muted_until`, and hypothesis finds it.
"""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.chat import events, history, members, messages, reactions, rooms, unread
from backend.chat.errors import ChatError
from backend.chat.models import Event, Message, Room, User
from backend.contract import shapes

from .people import person, promote

NAMES = ("alice", "bob", "charlie", "dora")
EMOJI = ("👍", "❤️", "🎉")
Operation = tuple[Any, ...]

who = st.integers(0, len(NAMES) - 1)
message = st.integers(0, 4)
texts = st.sampled_from(["hello", "@alice", "@bob @charlie", "@dora!", ""])
roles = st.sampled_from(["owner", "moderator", "member"])
operations = st.one_of(
    st.tuples(st.just("join"), who),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("add"), who, who),
    st.tuples(st.just("post"), who, texts, st.none() | message),
    st.tuples(st.just("edit"), who, message, texts),
    st.tuples(st.just("delete"), who, message),
    st.tuples(st.just("react"), who, message, st.sampled_from(EMOJI)),
    st.tuples(st.just("take back"), who, message, st.sampled_from(EMOJI)),
    st.tuples(st.just("role"), who, who, roles),
    st.tuples(st.just("mute"), who, who, st.sampled_from([1, 2, 0])),
    st.tuples(st.just("kick"), who, who, st.booleans()),
    st.tuples(st.just("lift"), who, who),
    st.tuples(st.just("topic"), who, st.sampled_from(["tea", "trees"])),
    st.tuples(st.just("read"), who, st.integers(0, 30)),
    st.tuples(st.just("look")),
)
# Together all kinds of events, each by somebody who may.
EVERY_KIND: list[Operation] = [
    ("post", 0, "@bob @charlie", None),
    ("post", 1, "hello", 0),
    ("react", 1, 0, "👍"),
    ("react", 0, 0, "👍"),
    ("take back", 1, 0, "👍"),
    ("edit", 1, 1, "@alice"),
    ("leave", 2),
    ("join", 2),
    ("role", 0, 2, "moderator"),
    ("mute", 2, 1, 1),
    ("mute", 2, 1, 0),
    ("add", 1, 3),
    ("kick", 2, 3, True),
    ("topic", 2, "tea"),
    ("delete", 2, 0),
    ("post", 1, "@charlie", None),
    ("delete", 1, 4),
    ("leave", 0),
]


def plain(shape: Any) -> Any:
    return msgspec.to_builtins(shape)


class Replica:
    """A client: fetched the room once, then followed its events."""

    def __init__(self, room: int, viewer: User) -> None:
        self.room, self.viewer = room, viewer
        self.state = self.fetched()

    def fetched(self) -> dict[str, Any]:
        view = rooms.view(viewer=self.viewer, room=self.room)
        seen = plain(shapes.Room.of(view))
        window = history.window(reader=self.viewer, room=self.room, limit=200)
        listing = members.listing(viewer=self.viewer, room=self.room)
        people = [plain(shapes.Member.of(member, online=False)) for member in listing]
        return {
            "seq": seen["last_seq"],
            "about": {name: seen[name] for name in ("name", "topic", "kind", "host")},
            "member_count": seen["member_count"],
            "last_message": seen["last_message"],
            "members": {m["user"]["pk"]: (m["role"], m["muted_until"]) for m in people},
            "messages": {m.pk: plain(shapes.Message.of(m)) for m in window.messages},
        }

    def follow(self) -> set[str]:
        """Apply what is in the log since; the kinds of events that were there."""
        page = events.read(
            reader=self.viewer, room=self.room, after_seq=self.state["seq"], limit=1000
        )
        found = [plain(event) for event in shapes.Event.many(page.events)]
        for event in found:
            self.apply(event)
        return {event["event"] for event in found}

    def apply(self, event: dict[str, Any]) -> None:
        state, data = self.state, event["data"]
        assert event["seq"] == state["seq"] + 1
        state["seq"] = event["seq"]
        match event["event"].split("."):
            case ["message" | "reaction", _]:
                state["messages"][data["pk"]] = data
                newest = max(state["messages"].values(), key=lambda m: m["seq"])
                state["last_message"] = newest
            case ["member", "left"]:
                del state["members"][data["user"]["pk"]]
            case ["member", _]:
                state["members"][data["user"]["pk"]] = data["role"], data["muted_until"]
            case ["room", "updated"]:
                state["about"] = {name: data[name] for name in state["about"]}
            case _:
                raise AssertionError(event["event"])
        state["member_count"] = len(state["members"])


def act(people: list[User], room: int, operation: Operation) -> None:
    said = list(Message.objects.filter(room=room).order_by("seq").values_list("pk", flat=True))
    match operation:
        case ["join", n]:
            rooms.join(user=people[n], room=room)
        case ["leave", n]:
            rooms.leave(user=people[n], room=room)
        case ["add", n, k]:
            members.add(by=people[n], room=room, username=NAMES[k])
        case ["post", n, text, k]:
            reply_to = None if k is None or k >= len(said) else said[k]
            messages.post(author=people[n], room=room, message=text, reply_to=reply_to)
        case ["edit", n, k, text] if k < len(said):
            messages.edit(editor=people[n], message=said[k], new_text=text)
        case ["delete", n, k] if k < len(said):
            messages.delete(remover=people[n], message=said[k])
        case ["react", n, k, emoji] if k < len(said):
            reactions.add(user=people[n], message=said[k], emoji=emoji)
        case ["take back", n, k, emoji] if k < len(said):
            reactions.remove(user=people[n], message=said[k], emoji=emoji)
        case ["role", n, k, role]:
            members.change(by=people[n], room=room, user=people[k].pk, role=role)
        case ["mute", n, k, days]:
            until = timezone.now() + timedelta(days=days) if days else None
            members.change(
                by=people[n], room=room, user=people[k].pk, muted_until=until, unmute=not days
            )
        case ["kick", n, k, ban]:
            members.kick(by=people[n], room=room, user=people[k].pk, ban=ban)
        case ["lift", n, k]:
            members.lift_ban(by=people[n], room=room, user=people[k].pk)
        case ["topic", n, topic]:
            rooms.change(changer=people[n], room=room, topic=topic)
        case ["read", n, seq]:
            unread.mark_read(user=people[n], room=room, seq=seq)


def play(sequence: list[Operation]) -> set[str]:
    """Do all that, look in between, and compare. Answers the kinds of events it made."""
    with transaction.atomic():
        people, watcher = [person(name) for name in NAMES], person("watcher")
        room: int = rooms.create(owner=people[0], name="Lobby").room.pk
        rooms.join(user=people[1], room=room)
        promote(people[1], room)
        rooms.join(user=people[2], room=room)
        messages.post(author=people[0], room=room, message="@bob and @charlie")
        messages.post(author=people[1], room=room, message="@charlie")
        replicas = [Replica(room, watcher)]
        for operation in sequence:
            if operation == ("look",):
                replicas.append(Replica(room, watcher))
                continue
            try:
                with transaction.atomic():
                    act(people, room, operation)
            except ChatError:
                continue
        kinds: set[str] = set()
        for replica in replicas:
            kinds |= replica.follow()
            assert replica.state == replica.fetched()
        check(room, people, replicas[0].state)
        transaction.set_rollback(True)
    return kinds


def check(room: int, people: list[User], state: dict[str, Any]) -> None:
    """What holds for every room, whatever was done in it."""
    written = Event.objects.filter(room=room).order_by("pk").values_list("seq", flat=True)
    assert list(written) == list(range(1, state["seq"] + 1))
    owners = [pk for pk, (role, _) in state["members"].items() if role == "owner"]
    assert bool(owners) == bool(state["members"])
    host = Room.objects.get(pk=room).host_id
    assert host in owners if owners else host is None
    for marker in unread.markers(users=[user.pk for user in people], rooms=[room]):
        behind = [
            m
            for m in state["messages"].values()
            if m["seq"] > marker.last_read_seq
            and m["user"]["pk"] != marker.user
            and m["deleted_at"] is None
        ]
        meant = [m for m in behind if marker.user in m["mentions"]]
        assert marker.unread == unread.Unread(len(behind), len(meant))
        assert marker.head_seq == state["seq"] >= marker.last_read_seq


def test_every_kind_of_event(db: None) -> None:
    assert play([("look",), *EVERY_KIND]) == set(Event.Kind.values)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(operations, min_size=5, max_size=30))
def test_any_sequence_of_operations(db: None, sequence: list[Operation]) -> None:
    play(sequence)
