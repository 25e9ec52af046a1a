"""In every interleaving of commits, announcements, reads and releases: every seq once, in order.

A model of one process. The log grows by commits; each commit's announcement may come at any time,
twice or never; a subscription registers, reads the log, tells the feed, and is released, with
anything between; repairs push what the log has. In the end each has what came behind its cursor.

Deliver `>=` instead of `>` in `Subscription.deliver`, release without what waits, or do not rewind,
and hypothesis finds the sequence of a few steps that shows it.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.realtime.feed import Announced, Feed, Subscription

from .fakes import FakeConnection, event, subscribed

SUBSCRIPTIONS = 2
which = st.integers(0, SUBSCRIPTIONS - 1)
steps = st.one_of(
    st.tuples(st.just("commit"), st.integers(1, 3)),
    st.tuples(st.just("announce"), st.integers(1, 3)),
    st.tuples(st.just("repair")),
    st.tuples(st.just("subscribe"), which, st.none() | st.integers(0, 6)),
    st.tuples(st.just("read"), which),
    st.tuples(st.just("started"), which),
    st.tuples(st.just("release"), which),
)


@dataclass
class Subscriber:
    connection: FakeConnection = field(default_factory=FakeConnection)
    subscription: Subscription | None = None
    after_seq: int | None = None
    missed: list[Announced] | None = None
    head_seq: int = 0
    started: bool = False
    released: bool = False


class World:
    def __init__(self, head: int) -> None:
        self.feed = Feed(1)
        self.log = [event(seq) for seq in range(1, head + 1)]
        self.people = [Subscriber() for _ in range(SUBSCRIPTIONS)]

    def commit(self, count: int) -> None:
        self.log += [event(len(self.log) + 1 + n) for n in range(count)]

    def announce(self, back: int) -> None:
        """One of the last."""
        self.feed.push(self.log[-back:][:1])

    def repair(self) -> None:
        if self.feed.next_seq is not None:
            self.feed.push(self.log[self.feed.head :])

    def subscribe(self, n: int, after_seq: int | None) -> None:
        person = self.people[n]
        if person.subscription is None and (after_seq or 0) <= len(self.log):
            person.subscription = subscribed(self.feed, person.connection)
            person.after_seq = after_seq

    def read(self, n: int) -> None:
        person = self.people[n]
        if person.subscription is not None and person.missed is None:
            person.head_seq = len(self.log)
            after = person.head_seq if person.after_seq is None else person.after_seq
            person.missed = self.log[after:]

    def started(self, n: int) -> None:
        person = self.people[n]
        if person.missed is not None and not person.started:
            person.started = True
            self.feed.start(person.head_seq)

    def release(self, n: int) -> None:
        person = self.people[n]
        if person.started and person.subscription and not person.released:
            person.released = True
            person.subscription.release(person.missed or [], head_seq=person.head_seq)

    def finish(self) -> None:
        for n in range(SUBSCRIPTIONS):
            self.subscribe(n, None)
            self.read(n)
            self.started(n)
            self.release(n)
        if self.feed.head < len(self.log):  # what the hub's comparison of heads finds
            self.repair()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 3), st.lists(steps, max_size=30))
# The second reads more than the first, and tells the feed sooner.
@example(
    head=2,
    sequence=[
        ("subscribe", 0, None),
        ("read", 0),
        ("commit", 1),
        ("subscribe", 1, None),
        ("read", 1),
        ("started", 1),
        ("started", 0),
        ("release", 0),
        ("commit", 1),
        ("announce", 1),
    ],
)
def test_every_subscription_gets_every_seq_behind_its_cursor_once(
    head: int, sequence: list[tuple[Any, ...]]
) -> None:
    world = World(head)

    for name, *arguments in sequence:
        getattr(world, name)(*arguments)
    world.finish()

    for person in world.people:
        began = person.head_seq if person.after_seq is None else person.after_seq
        assert person.connection.seqs == list(range(began + 1, len(world.log) + 1))
    assert not world.feed.has_gap
