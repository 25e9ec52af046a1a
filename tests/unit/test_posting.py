"""What a process's sockets post at the same time goes into one transaction after the other.

Seen red: with a transaction per draft, with what was passed over put behind what came later, and
with a queue that is kept when the database is away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from backend.chat.errors import Muted, Unavailable
from backend.chat.posting import Draft, Posted
from backend.realtime import posting
from backend.realtime.posting import LocalPosting

from .fakes import FakeHub

pytestmark = pytest.mark.usefixtures("committed")


class Store:
    """Stands for the database: `batches` came to it; while `shut` they wait."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.open.set()
        self.held: set[int] = set()
        self.outcome: Callable[[Draft], Any] = lambda draft: Posted(draft)  # type: ignore[arg-type]

    def __call__(self, drafts: Sequence[Draft], *, wait: bool) -> list[Any]:
        self.batches.append([draft.text for draft in drafts])
        assert self.open.wait(10)
        if wait:
            self.held.clear()
        return [None if d.room in self.held else self.outcome(d) for d in drafts]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(posting, "post_together", made)
    return made


@pytest.fixture
async def local(store: Store) -> AsyncIterator[LocalPosting]:
    hub = FakeHub()
    yield LocalPosting(hub)  # type: ignore[arg-type]
    store.open.set()
    await asyncio.gather(*hub.tasks)


def post(local: LocalPosting, said: str, room: int = 1) -> asyncio.Task[Posted]:
    draft = Draft(SimpleNamespace(pk=1), room, said)  # type: ignore[arg-type]
    return asyncio.create_task(local.post(draft))


async def test_what_comes_while_one_is_stored_is_stored_together(
    local: LocalPosting, store: Store
) -> None:
    store.open.clear()
    first = post(local, "first")
    await asyncio.sleep(0.05)
    others = [post(local, said) for said in "abc"]
    await asyncio.sleep(0.05)

    store.open.set()
    await asyncio.gather(first, *others)

    assert store.batches == [["first"], ["a", "b", "c"]]


async def test_each_sender_gets_its_own_outcome(local: LocalPosting, store: Store) -> None:
    store.outcome = lambda d: Muted() if d.text == "bad" else Posted(d)  # type: ignore[arg-type]

    good, bad = await asyncio.gather(
        post(local, "good"), post(local, "bad"), return_exceptions=True
    )

    assert isinstance(good, Posted) and isinstance(bad, Muted)


async def test_held_room_keeps_its_order_and_holds_no_other(
    local: LocalPosting, store: Store
) -> None:
    store.held, stored = {1}, []
    store.outcome = lambda d: stored.append(d.text) or Posted(d)  # type: ignore[arg-type, func-returns-value]
    store.open.clear()
    posts = [post(local, said, room) for said, room in (("1a", 1), ("2a", 2), ("1b", 1))]
    await asyncio.sleep(0.05)
    posts += [post(local, said, room) for said, room in (("1c", 1), ("2b", 2))]
    await asyncio.sleep(0.05)

    store.open.set()
    await asyncio.gather(*posts)

    assert [said for said in stored if said[0] == "1"] == ["1a", "1b", "1c"]
    assert [said for said in stored if said[0] == "2"] == ["2a", "2b"]


async def test_bad_one_fails_alone(local: LocalPosting, store: Store) -> None:
    def outcome(draft: Draft) -> Posted:
        if draft.text == "bad":
            raise IntegrityError
        return Posted(draft)  # type: ignore[arg-type]

    store.outcome = outcome

    results = await asyncio.gather(
        *[post(local, said) for said in ("a", "bad", "b")], return_exceptions=True
    )

    assert [type(result) for result in results] == [Posted, IntegrityError, Posted]


async def test_database_away_refuses_what_waits_too(local: LocalPosting, store: Store) -> None:
    def away(draft: Draft) -> Posted:
        raise OperationalError

    store.outcome = away
    store.open.clear()
    first = post(local, "first")
    await asyncio.sleep(0.05)
    second = post(local, "second")
    await asyncio.sleep(0.05)

    store.open.set()
    results = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(result) for result in results] == [OperationalError, OperationalError]
    assert store.batches == [["first"]]


async def test_what_waited_too_long_is_refused_and_not_stored(
    local: LocalPosting, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "WAIT_SECONDS", 0.1)
    store.open.clear()
    first = post(local, "first")
    await asyncio.sleep(0.05)
    second = post(local, "second")
    await asyncio.sleep(0.3)

    store.open.set()
    results = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(result) for result in results] == [Posted, Unavailable]
    assert store.batches == [["first"]]


async def test_sender_that_gave_up_posts_nothing(local: LocalPosting, store: Store) -> None:
    store.open.clear()
    first = post(local, "first")
    await asyncio.sleep(0.05)
    second = post(local, "second")
    await asyncio.sleep(0.05)

    second.cancel()
    await asyncio.sleep(0)
    store.open.set()
    await first

    assert store.batches == [["first"]]
