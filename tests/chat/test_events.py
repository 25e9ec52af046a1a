"""The room's log: every durable change is one event, announced after its commit and never before.

Announce inside the transaction and the listener that looks into the database does not find what it
was told; announce a change that is rolled back and the list of announcements is not empty.
"""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from backend.chat import events, messages, resuming, rooms
from backend.chat.errors import ChatError, NotFound, ResyncRequired
from backend.chat.events import Change
from backend.chat.models import Event, Room, User

from .people import in_threads, kinds, promote, resume, say, seqs


@pytest.fixture
def announced() -> Iterator[list[Change]]:
    changes: list[Change] = []
    events.listen(changes.append)
    yield changes
    events.unlisten(changes.append)


def change_everything(alice: User, bob: User, lobby: int) -> None:
    [message] = say(bob, lobby, "secret")
    messages.edit(editor=bob, message=message.pk, new_text="still secret")
    rooms.change(changer=alice, room=lobby, name="Hall")
    messages.delete(remover=alice, message=message.pk)
    rooms.leave(user=alice, room=lobby)
    rooms.join(user=alice, room=lobby)


CHANGES = [
    "member.joined",
    "member.joined",
    "message.created",
    "message.updated",
    "room.updated",
    "message.deleted",
    "member.left",
    "member.updated",
    "room.updated",
    "member.joined",
]


def test_every_change_is_one_event_without_a_hole(alice: User, bob: User, lobby: int) -> None:
    change_everything(alice, bob, lobby)

    assert kinds(lobby) == CHANGES
    assert seqs(lobby) == list(range(1, 11))
    assert Room.objects.get(pk=lobby).last_seq == 10


def test_refused_changes_leave_no_event_and_no_hole(bob: User, charlie: User, lobby: int) -> None:
    for act in (
        lambda: say(charlie, lobby, "hello"),
        lambda: say(bob, lobby, ""),
        lambda: rooms.change(changer=bob, room=lobby, name="Mine"),
        lambda: rooms.delete(remover=bob, room=lobby),
        lambda: rooms.leave(user=charlie, room=lobby),
    ):
        with pytest.raises(ChatError):
            act()

    say(bob, lobby, "hello")

    assert seqs(lobby) == [1, 2, 3]


# -- announcing ------------------------------------------------------------------------------


def test_announcement_of_each_commit_has_its_events(
    committed: None, alice: User, bob: User, lobby: int, announced: list[Change]
) -> None:
    change_everything(alice, bob, lobby)

    assert [[event.seq for event in change.events] for change in announced] == [
        [3],
        [4],
        [5],
        [6],
        [7, 8, 9],
        [10],
    ]
    assert {change.room.pk for change in announced} == {lobby}


def test_announcement_comes_after_the_commit(committed: None, bob: User, lobby: int) -> None:
    found: list[bool] = []

    def look(change: Change) -> None:
        wanted = Event.objects.filter(room=change.room.pk, seq=change.events[-1].seq)
        found.extend(in_threads([wanted.exists]))  # another connection sees only what is committed

    events.listen(look)
    try:
        say(bob, lobby, "hello")
    finally:
        events.unlisten(look)

    assert found == [True]


def test_no_announcement_of_what_was_rolled_back(
    committed: None, bob: User, lobby: int, announced: list[Change]
) -> None:
    with transaction.atomic():
        say(bob, lobby, "never said")
        transaction.set_rollback(True)

    assert announced == []
    assert seqs(lobby) == [1, 2]


def test_no_announcement_where_nothing_changed(
    committed: None, alice: User, bob: User, lobby: int, announced: list[Change]
) -> None:
    rooms.join(user=bob, room=lobby)
    rooms.change(changer=alice, room=lobby, name="Lobby")

    assert announced == []


def test_deletion_of_a_room_is_announced_without_an_event(
    committed: None, alice: User, lobby: int, announced: list[Change]
) -> None:
    rooms.delete(remover=alice, room=lobby)

    [change] = announced
    assert change.events == [] and change.room.deleted_at


def test_listener_that_fails_stops_nobody(
    committed: None, bob: User, lobby: int, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Change] = []

    def fail(change: Change) -> None:
        raise RuntimeError("a listener failed")

    events.listen(fail)
    events.listen(heard.append)
    try:
        [message] = say(bob, lobby, "hello")
    finally:
        events.unlisten(fail)
        events.unlisten(heard.append)

    assert message.seq == 3
    assert len(heard) == 1
    assert "a listener failed" in caplog.text


# -- reading ---------------------------------------------------------------------------------


def test_read_shows_objects_as_they_are_now(alice: User, bob: User, lobby: int) -> None:
    change_everything(alice, bob, lobby)
    promote(bob, lobby)

    page = events.read(reader=bob, room=lobby, after_seq=0)

    assert [event.kind for event in page.events] == CHANGES
    created, updated = page.events[2].message, page.events[3].message
    assert created and updated and created.text == updated.text == ""
    assert created.deleted_at
    assert page.events[4].room.name == "Hall"
    assert page.events[4].room.host == bob
    # Alice owned the room once and is a member now; Bob became its owner and is a moderator now.
    by_subject = {(e.subject.username, e.seq): e.role for e in page.events if e.subject}
    assert by_subject[("alice", 1)] == by_subject[("alice", 10)] == "member"
    assert by_subject[("bob", 8)] == "moderator"


@pytest.mark.parametrize(
    ("after_seq", "limit", "expected", "complete"),
    [
        (0, 10, [1, 2, 3, 4, 5], True),
        (0, 5, [1, 2, 3, 4, 5], True),
        (0, 4, [1, 2, 3, 4], False),
        (3, 1, [4], False),
        (3, 2, [4, 5], True),
        (4, 1, [5], True),
        (5, 1, [], True),
    ],
)
def test_read_at_every_boundary(
    bob: User, lobby: int, after_seq: int, limit: int, expected: list[int], complete: bool
) -> None:
    say(bob, lobby, "3", "4", "5")

    page = events.read(reader=bob, room=lobby, after_seq=after_seq, limit=limit)

    assert [event.seq for event in page.events] == expected
    assert page.complete is complete
    assert (page.room.last_seq, page.epoch) == (5, events.epoch())


@pytest.mark.parametrize("reading", [events.read, resume], ids=["read", "resume"])
def test_cursor_of_another_history(bob: User, lobby: int, reading: Callable[..., object]) -> None:
    for after_seq, of_epoch in ((3, None), (2**62, None), (0, "another"), (2, "")):
        with pytest.raises(ResyncRequired) as caught:
            reading(reader=bob, room=lobby, after_seq=after_seq, of_epoch=of_epoch)

        assert caught.value.data == {"head_seq": 2, "epoch": events.epoch()}
    reading(reader=bob, room=lobby, after_seq=2, of_epoch=events.epoch())


@pytest.mark.parametrize("reading", [events.read, resume], ids=["read", "resume"])
def test_log_of_a_private_room_for_somebody_outside(
    charlie: User, lobby: int, den: int, reading: Callable[..., object]
) -> None:
    reading(reader=charlie, room=lobby, after_seq=0)
    with pytest.raises(NotFound):
        reading(reader=charlie, room=den, after_seq=0, of_epoch="another")


def test_resume_gives_all_or_nothing(
    bob: User, lobby: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "RESUME_MOST", 3)
    say(bob, lobby, "3", "4", "5")

    def resumed(after_seq: int | None) -> tuple[list[int], bool]:
        page = resume(reader=bob, room=lobby, after_seq=after_seq)
        return [event.seq for event in page.events], page.complete

    assert resumed(2) == ([3, 4, 5], True)
    assert resumed(1) == ([], False)
    assert resumed(5) == ([], True)
    assert resumed(None) == ([], True)
