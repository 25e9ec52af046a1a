"""`make bench` works: each server starts on a fresh database, and its figures are found.

Everything is small and short; how fast something is decides nothing here.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from bench.cases import CASES, many_rooms
from bench.measuring import Bench
from bench.smoke import FORBIDDEN
from bench.stores import Stores

SMALL: dict[str, dict[str, Any]] = {
    "flow": {**many_rooms(2), "warmup": 0.3, "seconds": 1.0},
    "resume": {
        "workload": "resume",
        "rooms": [("hall", 0), ("fours", 999)],
        "people": 11,
        "missed": 10,
        "calm": 0.5,
        "rate": 20,
    },
}


@pytest.fixture(scope="module")
def bench(pytestconfig: pytest.Config) -> Iterator[Bench]:
    if pytestconfig.getoption("--stack") != "production":
        pytest.skip("the bench has PostgreSQL and Redis of its own: with --stack production only")
    with Stores() as stores:
        yield Bench(stores)


@pytest.mark.parametrize(
    ("server", "workload"),
    [("parley", "flow"), ("parley", "resume"), ("dcrf", "flow"), ("bare", "flow")],
)
def test_bench_measures(bench: Bench, server: str, workload: str) -> None:
    result = bench.measure(server, **SMALL[workload])

    figures = next(case.figures for case in CASES if case.options["workload"] == workload)
    assert all(figure.of(result) > 0 for figure in figures)
    assert not any(result.get(flaw) for flaw in FORBIDDEN)
