"""How often each promise is tried, on what, and the record of long runs.

A test names its row of the table in docs/reliability.md: `@pytest.mark.row("4", ci=20, long=500)`.
`trials` gives it the numbers of its trials: so many as `TRIALS` says, else `long` in `make faults`,
else `ci`. `seconds` is what one trial may take.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.harness import stack as stacks
from tests.harness.contract import Contract
from tests.harness.people import Person
from tests.harness.server import Server

from ..conftest import refuse_improper

LONG = bool(os.environ.get("RECORD"))
START_SECONDS = 120  # of stores, servers and their databases
# Long enough for the longest run.
TOKENS = {"ACCESS_TOKEN_SECONDS": "86400"}


class Trials:
    """To be looped over; `done` is how many were begun."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.done = 0

    def __iter__(self) -> Iterator[int]:
        for number in range(self.count):
            self.done = number + 1
            yield number


_TRIALS = pytest.StashKey[Trials]()
_SEED = pytest.StashKey[int]()
_BEGUN = pytest.StashKey[float]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = os.environ.get("ROW")
    ours = [item for item in items if (mark := item.get_closest_marker("row"))]
    for item in ours:
        mark = item.get_closest_marker("row")
        assert mark is not None
        count = int(os.environ.get("TRIALS") or mark.kwargs["long" if LONG else "ci"])
        item.stash[_TRIALS] = Trials(count)
        seconds = START_SECONDS + count * mark.kwargs.get("seconds", 20)
        item.add_marker(pytest.mark.timeout(seconds))
        needs_workers = mark.kwargs.get("workers", False)
        if needs_workers and config.getoption("--stack") == "embedded":
            item.add_marker(pytest.mark.skip(reason="several workers need Redis"))
    if wanted:
        chosen = [i for i in ours if _row(i) == wanted]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def _row(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("row")
    return mark.args[0] if mark else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_BEGUN] = time.monotonic()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    ran = report.when == "call" and not report.skipped
    if ran and (file := os.environ.get("RECORD")) and _TRIALS in item.stash:
        trials = item.stash[_TRIALS]
        line = {
            "date": datetime.now(UTC).date().isoformat(),
            "row": _row(item),
            "test": item.name,
            "stack": item.config.getoption("--stack"),
            "trials": trials.done,
            "failures": int(report.failed),
            "seed": item.stash.get(_SEED, None),
            "seconds": round(time.monotonic() - item.stash[_BEGUN]),
        }
        with Path(file).open("a") as record:
            record.write(json.dumps(line) + "\n")
    return report


@pytest.fixture
def trials(request: pytest.FixtureRequest, seed: int) -> Trials:
    request.node.stash[_SEED] = seed
    found: Trials = request.node.stash[_TRIALS]
    return found


# -- stores and servers to be broken ---------------------------------------------------------


@pytest.fixture(scope="session")
def own_stack(stack: Any) -> Iterator[Any]:
    """Stores that tests may kill and freeze: not those that all the other tests stand on."""
    made = stacks.Production() if stack.name == "production" else stacks.Embedded()
    yield made
    log = made.log_text()
    made.stop()
    refuse_improper("a store", log)


@pytest.fixture(scope="session")
def shared_server(make_server: Callable[..., Server], own_stack: Any) -> Iterator[Server]:
    workers = 2 if own_stack.name == "production" else 1
    server = make_server(stack=own_stack, workers=workers, **TOKENS)
    yield server
    server.stop()  # before its stores


@pytest.fixture
def target(shared_server: Server, own_stack: Any) -> Iterator[Server]:
    """Two workers behind one address, or one process on SQLite; whole before and after a test."""
    yield shared_server
    own_stack.heal()
    shared_server.heal()


@pytest.fixture
def anna(target: Server, contract: Contract) -> Person:
    return Person(target, contract, "anna")
