"""Posting together: one transaction, and each draft comes to its own outcome.

Seen red: with a query per draft, with the outcomes in another order than the drafts, and with
`wait=False` ignored (the passed-over room was waited for until the lock timed out).
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.chat import events, messages, rooms
from backend.chat.errors import ChatError, Conflict, Invalid, NotAMember, NotFound
from backend.chat.models import Membership, Message, Room, User
from backend.chat.posting import Draft, Outcome, Posted, post_together

from .people import kinds, person, say, seqs


def text_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Posted), outcome
    return outcome.message.text


def test_drafts_of_a_room_are_stored_in_their_order(alice: User, bob: User, lobby: int) -> None:
    outcomes = post_together(
        [Draft(alice, lobby, "one"), Draft(bob, lobby, "two"), Draft(alice, lobby, "three")]
    )

    assert [text_of(outcome) for outcome in outcomes] == ["one", "two", "three"]
    stored = Message.objects.filter(room=lobby).order_by("seq")
    assert list(stored.values_list("seq", "text")) == [(3, "one"), (4, "two"), (5, "three")]
    assert seqs(lobby) == [1, 2, 3, 4, 5]
    assert kinds(lobby)[2:] == ["message.created"] * 3
    room = Room.objects.get(pk=lobby)
    assert (room.last_seq, room.last_message) == (5, stored.last())
    read = dict(Membership.objects.filter(room=lobby).values_list("user", "last_read_seq"))
    assert read == {alice.pk: 5, bob.pk: 4}


def test_drafts_of_several_rooms_are_stored_together(alice: User, bob: User, lobby: int) -> None:
    other = rooms.create(owner=bob, name="Other").room.pk

    post_together([Draft(alice, lobby, "here"), Draft(bob, other, "there")])

    heads = dict(Room.objects.values_list("pk", "last_seq"))
    assert heads == {lobby: 3, other: 2}
    said = dict(Room.objects.values_list("pk", "last_message__text"))
    assert said == {lobby: "here", other: "there"}


def test_each_draft_comes_to_its_own_outcome(
    alice: User, bob: User, charlie: User, lobby: int
) -> None:
    elsewhere = say(charlie, rooms.create(owner=charlie, name="Other").room.pk, "x")[0]
    drafts = [
        Draft(charlie, lobby, "I am outside"),
        Draft(alice, lobby, "fine"),
        Draft(alice, lobby, " "),
        Draft(alice, 10**9, "nowhere"),
        Draft(alice, lobby, "reply", reply_to=elsewhere.pk),
        Draft(bob, lobby, "once", client_id="c"),
        Draft(bob, lobby, "once", client_id="c"),
        Draft(bob, lobby, "other", client_id="c"),
    ]

    outcomes = post_together(drafts)

    kinds_of = [type(outcome) for outcome in outcomes]
    assert kinds_of == [
        NotAMember, Posted, Invalid, NotFound, Invalid, Posted, Posted, Conflict,
    ]  # fmt: skip
    once, again = outcomes[5], outcomes[6]
    assert isinstance(once, Posted) and isinstance(again, Posted)
    assert again.duplicate and not once.duplicate
    assert once.message.pk is not None and again.message.pk == once.message.pk
    assert Room.objects.get(pk=lobby).last_seq == 4


def test_refused_drafts_alone_write_nothing(charlie: User, lobby: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        outcomes = post_together([Draft(charlie, lobby, "x"), Draft(charlie, lobby, "y")])

    assert all(isinstance(outcome, ChatError) for outcome in outcomes)
    assert not [q for q in captured if q["sql"].startswith(("INSERT", "UPDATE"))]


def test_mentions_are_of_the_room_they_are_said_in(alice: User, bob: User, lobby: int) -> None:
    other = rooms.create(owner=alice, name="Other").room.pk

    here, there, nobody = post_together(
        [Draft(alice, lobby, "@bob"), Draft(alice, other, "@bob"), Draft(alice, lobby, "@x")]
    )

    assert isinstance(here, Posted) and isinstance(there, Posted) and isinstance(nobody, Posted)
    found = [outcome.message.mentions for outcome in (here, there, nobody)]
    assert found == [[bob.pk], [], []]
    assert list(bob.mentions.values_list("message", flat=True)) == [here.message.pk]


@pytest.mark.parametrize("said", ["hello", "hello @bob"])
def test_posting_costs_the_same_queries_for_one_and_for_three(
    alice: User, bob: User, lobby: int, said: str
) -> None:
    def queries(count: int) -> int:
        first = say(alice, lobby, "to reply to")[0].pk
        drafts = [
            Draft((alice, bob)[n % 2], lobby, said, client_id=f"{count}.{n}", reply_to=first)
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            post_together(drafts)
        return len(captured)

    assert queries(1) == queries(3)


def test_news_comes_once_for_each_room(
    alice: User, lobby: int, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[events.Change] = []
    monkeypatch.setattr(events, "_listeners", [heard.append])
    other = rooms.create(owner=alice, name="Other").room.pk
    heard.clear()

    post_together([Draft(alice, lobby, "1"), Draft(alice, other, "2"), Draft(alice, lobby, "3")])

    assert {c.room.pk: [e.seq for e in c.events] for c in heard} == {lobby: [3, 4], other: [2]}


def test_news_of_messages_needs_no_queries(
    alice: User, bob: User, lobby: int, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[events.Change] = []
    monkeypatch.setattr(events, "_listeners", [heard.append])

    outcomes = post_together([Draft(alice, lobby, "1"), Draft(bob, lobby, "2")])

    with CaptureQueriesContext(connection) as captured:
        said = [(e.message_id, e.message and e.message.author) for e in heard[0].events]
    assert len(captured) == 0
    posted = [outcome.message for outcome in outcomes if isinstance(outcome, Posted)]
    assert said == [(message.pk, message.author) for message in posted]


def test_held_room_is_passed_over_unless_waited_for(
    alice: User, lobby: int, committed: None
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite holds the whole database, not a room")
    other = rooms.create(owner=person("dora"), name="Other").room.pk
    rooms.join(user=alice, room=other)
    drafts = [Draft(alice, lobby, "held"), Draft(alice, other, "free")]

    def elsewhere() -> list[Outcome]:
        try:
            return post_together(drafts, wait=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Room.objects.select_for_update().get(pk=lobby)
        held, free = pool.submit(elsewhere).result(timeout=10)

    assert (held, text_of(free)) == (None, "free")
    assert messages.post(author=alice, room=lobby, message="held").message.seq == 3
