"""Whatever people do: seq is 1..n, and what somebody knew plus the events is what there is.

Let `_hand_over` or `edit` forget its event, and hypothesis finds a sequence after which the two
differ.
"""

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.chat import events, history, members, messages, rooms
from backend.chat.errors import ChatError
from backend.chat.models import Event, Room, User

from .people import person, promote

PEOPLE = 3
who = st.integers(0, PEOPLE - 1)
which = st.integers(0, 5)
operations = st.one_of(
    st.tuples(st.just("join"), who),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("post"), who, st.sampled_from(["a", "b", "", "c" * 4000])),
    st.tuples(st.just("send"), who, st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"])),
    st.tuples(st.just("edit"), who, which, st.sampled_from(["c", "d"])),
    st.tuples(st.just("delete"), who, which),
    st.tuples(st.just("rename"), who, st.sampled_from(["Lobby", "Hall", "Taken", ""])),
    st.tuples(st.just("look")),
)


class Replica:
    """What a client knows of a room: fetched once, then kept by the room's events alone."""

    def __init__(self, room: int, viewer: User) -> None:
        self.room, self.viewer = room, viewer
        self.state = self.fetched()

    def fetched(self) -> dict[str, Any]:
        view = rooms.view(viewer=self.viewer, room=self.room).room
        window = history.window(reader=self.viewer, room=self.room, limit=200)
        people = members.listing(viewer=self.viewer, room=self.room)
        return {
            "seq": view.last_seq,
            "room": (view.name, view.topic, view.host_id),
            "messages": {m.pk: (m.seq, m.text, m.version, m.deleted_at) for m in window.messages},
            "members": {m.user_id: m.role for m in people},
        }

    def apply(self) -> None:
        seen = self.state["seq"]
        for event in events.read(
            reader=self.viewer, room=self.room, after_seq=seen, limit=1000
        ).events:
            self.state["seq"] = event.seq
            if m := event.message:
                self.state["messages"][m.pk] = (m.seq, m.text, m.version, m.deleted_at)
            elif event.kind == "member.left":
                self.state["members"].pop(event.subject_id, None)
            elif event.subject_id:
                self.state["members"][event.subject_id] = event.role
            else:
                self.state["room"] = (event.room.name, event.room.topic, event.room.host_id)


def act(people: list[User], room: int, operation: tuple[Any, ...]) -> None:
    said = list(Room.objects.get(pk=room).messages.order_by("seq"))
    match operation:
        case ["join", n]:
            rooms.join(user=people[n], room=room)
        case ["leave", n]:
            rooms.leave(user=people[n], room=room)
        case ["post", n, text]:
            messages.post(author=people[n], room=room, message=text)
        case ["send", n, text, client_id]:
            messages.post(author=people[n], room=room, message=text, client_id=client_id)
        case ["edit", n, k, text] if said:
            messages.edit(editor=people[n], message=said[k % len(said)].pk, new_text=text)
        case ["delete", n, k] if said:
            messages.delete(remover=people[n], message=said[k % len(said)].pk)
        case ["rename", n, name]:
            rooms.change(changer=people[n], room=room, name=name)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(operations, max_size=25))
def test_any_sequence_of_operations(db: None, sequence: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        people = [person(name) for name in ("alice", "bob", "charlie")]
        room = rooms.create(owner=people[0], name="Lobby").room.pk
        rooms.create(owner=people[0], name="Taken")
        rooms.join(user=people[1], room=room)
        promote(people[1], room)
        replicas = [Replica(room, people[0])]

        for operation in sequence:
            if operation == ("look",):
                replicas.append(Replica(room, people[0]))
                continue
            try:
                with transaction.atomic():
                    act(people, room, operation)
            except ChatError:
                pass  # refused, and so it must not be seen anywhere
            replicas[0].apply()  # one listens all the time, the others were away

        last_seq = Room.objects.get(pk=room).last_seq
        written = list(Event.objects.filter(room=room).order_by("pk").values_list("seq", flat=True))
        assert written == list(range(1, last_seq + 1))
        for replica in replicas:
            replica.apply()
            assert replica.state == replica.fetched()
        there = replicas[0].state["members"]
        assert Room.objects.get(pk=room).member_count == len(there)
        assert ("owner" in there.values()) == bool(there)
        transaction.set_rollback(True)
