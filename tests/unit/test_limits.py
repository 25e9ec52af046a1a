"""Limits: a burst and even use pass, more is refused with the time after which it passes.

Let `_wait` count what it refuses as well, and whoever asks again too early waits longer each time.
"""

import secrets
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from backend.chat import limits
from backend.chat.errors import RateLimited
from backend.chat.limits import Limit


@dataclass
class Clock:
    """A time of its own for each test, so that what others left in a shared cache is long ago."""

    now: float = field(default_factory=lambda: 1e9 + 3600 * secrets.randbelow(1_000_000))

    def read(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.RATE_LIMITS = True
    made = Clock()
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=made.read, time=made.read))
    monkeypatch.setattr(limits, "_used_until", {})
    return made


def used(limit: Limit, times: int, key: object = "alice") -> list[bool]:
    """Whether each of so many in one moment passed."""
    return [wait(limit, key) == 0 for _ in range(times)]


def wait(limit: Limit, key: object = "alice") -> int:
    """0 when it passed, else the milliseconds after which it is said to pass."""
    try:
        limit.check(key)
    except RateLimited as error:
        return error.retry_after_ms or -1
    return 0


FOUR = Limit("four in eight seconds", 4, 8)
SHARED = Limit("four in eight seconds, shared", 4, 8, shared=True)
both = pytest.mark.parametrize("limit", [FOUR, SHARED], ids=["own", "shared"])


@both
def test_burst_passes_and_one_more_does_not(limit: Limit) -> None:
    assert used(limit, 6) == [True] * 4 + [False] * 2


@both
def test_each_key_and_each_limit_counts_for_itself(limit: Limit) -> None:
    other = Limit("another", 4, 8, shared=limit.shared)

    used(limit, 5)

    assert used(limit, 5, key="bob") == used(other, 5) == [True] * 4 + [False]


@both
def test_what_was_refused_passes_after_the_time_that_was_told(limit: Limit, clock: Clock) -> None:
    used(limit, 4)
    clock.now += 0.25

    told = wait(limit)
    assert 0 < told <= 8000
    clock.now += (told - 2) / 1000
    assert wait(limit) != 0

    clock.now += 2 / 1000
    assert wait(limit) == 0


def test_even_use_passes_for_ever(clock: Clock) -> None:
    for _ in range(100):
        assert wait(FOUR) == 0
        clock.now += 2


def test_use_a_little_too_fast_is_refused_sometime(clock: Clock) -> None:
    passed = 0
    while wait(FOUR) == 0:
        passed += 1
        clock.now += 1.5

    assert 4 < passed < 20


def test_refusals_do_not_count(clock: Clock) -> None:
    used(FOUR, 100)

    clock.now += 2

    assert used(FOUR, 2) == [True, False]


@both
def test_after_a_pause_a_whole_burst_passes_again(limit: Limit, clock: Clock) -> None:
    used(limit, 4)
    clock.now += 8

    assert used(limit, 5) == [True] * 4 + [False]


@both
def test_switched_off_everything_passes_and_nothing_is_counted(limit: Limit, settings: Any) -> None:
    settings.RATE_LIMITS = False
    assert all(used(limit, 50))

    settings.RATE_LIMITS = True
    assert used(limit, 5) == [True] * 4 + [False]


def test_shared_count_holds_for_other_processes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    used(SHARED, 3)

    monkeypatch.setattr(limits, "_used_until", {})  # as in a process that was just started

    assert used(SHARED, 2) == [True, False]


def test_without_the_cache_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("the cache is away")

    monkeypatch.setattr(limits, "cache", SimpleNamespace(add=fail, incr=fail))

    assert used(SHARED, 6) == [True] * 4 + [False] * 2


@pytest.mark.parametrize("key", ["x" * 10_000, "two words", "\0", "\ud800", ("a", 1), None])
def test_any_key_can_be_counted(key: object) -> None:
    assert used(SHARED, 5, key=key) == used(FOUR, 5, key=key) == [True] * 4 + [False]


def test_names_are_not_to_be_read_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    def add(key: str, *args: Any, **kwargs: Any) -> None:
        keys.append(key)

    monkeypatch.setattr(limits, "cache", SimpleNamespace(add=add, incr=lambda key: 1))

    wait(SHARED, "alice@example.org")

    assert len(keys) == 1 and "alice" not in keys[0]


def test_idle_keys_are_forgotten_before_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    for n in range(9):
        wait(FOUR, n)
    clock.now += 8
    used(FOUR, 4, key="busy")
    monkeypatch.setattr(limits, "_KEYS_MOST", 10)

    wait(FOUR, "one more")

    assert {key for _, key in limits._used_until} == {"busy", "one more"}
    assert used(FOUR, 1, key="busy") == [False]


@pytest.mark.parametrize(
    "limit", [found for found in vars(limits).values() if isinstance(found, Limit)], ids=str
)
def test_each_limit_of_the_product_lets_its_burst_pass(limit: Limit, clock: Clock) -> None:
    for _ in range(limit.count):
        clock.now += 2e-6
        assert wait(limit) == 0

    assert wait(limit) > 0
