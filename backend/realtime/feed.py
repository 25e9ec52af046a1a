"""One room in this process: its events in order, to the subscriptions of its sockets.

Announcements may be late, doubled, crossed or lost. A feed delivers an event only when it is the
next one; what is missing is read from the log, which is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.contract import frames
from backend.contract.frames import Address

if TYPE_CHECKING:
    from .connection import Connection


# Ahead of a gap; what is past it comes from the log.
EARLY_MOST = 5000


@dataclass(frozen=True, slots=True)
class Announced:
    """An event as it travels between processes: ready JSON, and what the hubs act on."""

    seq: int
    tail: bytes
    # Set where the room itself looks different now, for `subscribe_instance`.
    instance_tail: bytes | None = None
    # The pks of the person who is a member now, or no longer one, and why not.
    joined: int | None = None
    left: int | None = None
    reason: str = ""
    # Of a new message: who wrote it and whom it mentions. Any other change of what is unread
    # sends the inboxes to the database.
    author: int | None = None
    mentions: list[int] = field(default_factory=list)
    # Of a new message: its time in the log, in seconds since 1970.
    at: float | None = None


@dataclass(eq=False, slots=True)
class Subscription:
    """One (room, request_id) of one socket. Until it is released, events wait."""

    feed: Feed
    connection: Connection
    address: Address
    of_instance: bool = False
    position: int | None = None
    waiting: list[Announced] = field(default_factory=list)
    # What is to be said at the end, when the end came before the reply.
    last_words: list[bytes] | None = None
    ended: bool = False

    def release(self, missed: Iterable[Announced], *, head_seq: int) -> bool:
        """Deliver what was missed up to `head_seq`, and from now on what comes behind it.

        False: what came meanwhile is not all here, and has to be read from the log.
        """
        self._tell([event.tail for event in missed])
        self.position = head_seq
        waiting, self.waiting = [e for e in self.waiting if e.seq > head_seq], []
        # The feed may have begun past what this subscription had read.
        whole = self.feed.head <= head_seq or (waiting and waiting[0].seq == head_seq + 1)
        if not whole:
            self.feed.rewind(head_seq)
        if whole:
            self.deliver(waiting)
        if self.last_words is not None:
            self._say_last(self.last_words)
        return bool(whole)

    def deliver(self, events: Sequence[Announced]) -> None:
        """Take what is new here of events in order."""
        if self.position is None:
            self.waiting.extend(events)
            return
        tails: list[bytes] = []
        for event in events:
            if event.seq <= self.position or self.ended:
                continue
            self.position = event.seq
            if event.left is not None and event.left == self.connection.user.pk:
                # Who left hears that it ended, instead of the event. A subscription that began
                # after the leaving was read from the log past it, and stays.
                self._tell(tails)
                self.end(event.reason)
                return
            tail = event.instance_tail if self.of_instance else event.tail
            if tail is not None:
                tails.append(tail)
        self._tell(tails)

    def end(self, reason: str, *, before: bytes | None = None) -> None:
        """Tell the socket that it is over and why; nothing follows."""
        ended = frames.ended_tail(self.feed.room, reason)
        last_words = [ended] if before is None else [before, ended]
        if self.position is None:
            self.last_words = last_words
        else:
            self._say_last(last_words)

    def _say_last(self, last_words: list[bytes]) -> None:
        if not self.ended:
            self.ended = True
            self.feed.subscriptions.discard(self)
            self.connection.forget(self)
            self._tell(last_words)

    def _tell(self, tails: Sequence[bytes]) -> None:
        if tails:
            frame = self.address.frame
            self.connection.offer(*[frame(tail) for tail in tails])


class Feed:
    def __init__(self, room: int) -> None:
        self.room = room
        self.next_seq: int | None = None
        self.early: dict[int, Announced] = {}
        self.subscriptions: set[Subscription] = set()

    @property
    def head(self) -> int:
        return (self.next_seq or 1) - 1

    @property
    def has_gap(self) -> bool:
        return bool(self.early) and self.next_seq is not None

    def start(self, head_seq: int) -> list[Announced]:
        """The room was read up to `head_seq`; a feed that runs already stays where it is."""
        if self.next_seq is None:
            self.next_seq = head_seq + 1
            self.early = {seq: event for seq, event in self.early.items() if seq > head_seq}
        return self.push([])

    def rewind(self, head_seq: int) -> None:
        """Go back to where somebody still stands; the others know what they had."""
        self.next_seq = min(self.next_seq or head_seq + 1, head_seq + 1)

    def push(self, events: Iterable[Announced]) -> list[Announced]:
        """Take events in any order; those whose turn it was are delivered and returned."""
        turn: list[Announced] = []
        for event in events:
            if event.seq == self.next_seq:
                self.next_seq += 1
                turn.append(event)
            elif len(self.early) < EARLY_MOST and event.seq > (self.next_seq or 0):
                self.early[event.seq] = event
        while self.next_seq in self.early:
            turn.append(self.early.pop(self.next_seq))
            self.next_seq += 1
        if turn:
            if self.early:
                self.early = {seq: event for seq, event in self.early.items() if seq > self.head}
            for subscription in list(self.subscriptions):
                subscription.deliver(turn)
        return turn

    def close(self, instance_tail: bytes) -> None:
        """The room was deleted."""
        for subscription in list(self.subscriptions):
            before = instance_tail if subscription.of_instance else None
            subscription.end("room_deleted", before=before)
