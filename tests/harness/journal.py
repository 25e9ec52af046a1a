"""What each simulated client did and saw, and the judge, who reads only this and the history."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sent:
    """One message. It may be sent again, with the same `client_id`, until it is answered."""

    text: str
    at: float
    seq: int | None = None
    answered_at: float | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class Received:
    seq: int
    event: str
    at: float
    client_id: str | None
    text: str | None


@dataclass
class Journal:
    name: str
    # Where it began to read the room.
    began_at: int
    sent: dict[str, Sent] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    goodbyes: list[int] = field(default_factory=list)
    # What the contract does not allow, in words.
    breaches: list[str] = field(default_factory=list)

    @property
    def position(self) -> int:
        return self.received[-1].seq if self.received else self.began_at

    @property
    def acknowledged(self) -> dict[str, Sent]:
        return {key: sent for key, sent in self.sent.items() if sent.seq is not None}


def faults(journals: Iterable[Journal], log: list[dict[str, Any]]) -> list[str]:
    """All that is wrong, in words; `log` is the room's, read over REST when all was over.

    An unanswered send is unknown: it may be there once or not at all.
    """
    journals = list(journals)
    stored = [event["data"] for event in log if event["event"] == "message.created"]
    return [
        *_numbering(log),
        *_sends(journals, stored),
        *(fault for journal in journals for fault in _reading(journal, log)),
        *(f"{journal.name}: {breach}" for journal in journals for breach in journal.breaches),
    ]


def _numbering(log: list[dict[str, Any]]) -> list[str]:
    seqs = [event["seq"] for event in log]
    return [] if seqs == list(range(1, len(seqs) + 1)) else [f"the log is numbered {seqs}"]


def _sends(journals: list[Journal], stored: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    sent = {key: one for journal in journals for key, one in journal.sent.items()}
    by_id = {message["client_id"]: message for message in stored}
    times = Counter(message["client_id"] for message in stored)
    for key, one in sent.items():
        message = by_id.get(key)
        if times[key] > 1:
            found.append(f"{key} is there {times[key]} times")
        if one.seq is not None and message is None:
            found.append(f"{key} was acknowledged as {one.seq} and is lost")
        elif one.seq is not None and message and message["seq"] != one.seq:
            found.append(f"{key} was acknowledged as {one.seq} and is {message['seq']}")
        if message and message["text"] != one.text:
            found.append(f"{key} was altered")
        if one.refusal:
            found.append(f"{key} was refused: {one.refusal}")
    found += [f"{key} was never sent" for key in by_id if key is not None and key not in sent]
    return found


def _reading(journal: Journal, log: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    by_seq = {event["seq"]: event for event in log}
    before = journal.began_at
    for one in journal.received:
        if one.seq != before + 1:
            kind = "a hole" if one.seq > before + 1 else "a repeat or a wrong order"
            found.append(f"{journal.name} has {kind}: {one.seq} after {before}")
        before = one.seq
        event = by_seq.get(one.seq)
        if event is None or event["event"] != one.event:
            found.append(f"{journal.name} saw {one.seq} as {one.event}; the log has {event}")
        elif one.event == "message.created" and (one.client_id, one.text) != (
            event["data"]["client_id"],
            event["data"]["text"],
        ):
            found.append(f"{journal.name} saw another message as {one.seq}")
    return found


def answer_seconds(journals: Iterable[Journal], *, since: float, until: float) -> list[float]:
    """How long the sends took that were made in this time, from the attempt that was answered."""
    return [
        one.answered_at - one.at
        for journal in journals
        for one in journal.sent.values()
        if one.answered_at is not None and since <= one.at < until
    ]


def delivery_seconds(journals: Iterable[Journal], *, since: float, until: float) -> list[float]:
    """From the answer to each sender until each reader had the message; 0 when that was sooner."""
    journals = list(journals)
    answered = {
        one.seq: one.answered_at
        for journal in journals
        for one in journal.sent.values()
        if one.answered_at is not None and since <= one.at < until
    }
    return [
        max(0.0, received.at - at)
        for journal in journals
        for received in journal.received
        if (at := answered.get(received.seq)) is not None
    ]


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
