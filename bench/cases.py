"""What is measured, and the figures that are taken from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import machine
from .worlds import World

Result = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    name: str
    of: Callable[[Result], float]
    digits: int = 0


DELIVERIES = Figure("deliveries per CPU second", lambda r: r["deliveries"] / r["cpu"])
ACCEPTED = Figure("messages per CPU second", lambda r: r["accepted"] / r["cpu"])
P50 = Figure("p50, ms", lambda r: r["p50_ms"], 1)
P99 = Figure("p99, ms", lambda r: r["p99_ms"], 1)
MEMORY = Figure("KiB per idle joined socket", lambda r: r["kib"] / r["sockets"], 1)
CONNECTS = Figure("connects per CPU second", lambda r: r["sockets"] / r["cpu"])
PAGES = Figure("pages per CPU second", lambda r: r["pages"] / r["cpu"])
COMPLETE = Figure("seconds until all are complete", lambda r: r["seconds"], 2)
BYSTANDERS = Figure("p99 of a bystander room meanwhile, ms", lambda r: r["p99_ms"], 1)
DELIVERY_COST = Figure("µs of CPU per delivery", lambda r: 1e6 * r["cpu"] / r["deliveries"], 2)
MESSAGE_COST = Figure("µs of CPU per message", lambda r: 1e6 * r["cpu"] / r["accepted"])
# What all workers would do in a second in which the busiest one has a core to itself. It counts an
# uneven share, and leaves out what generator and stores took of the cores.
CAPACITY = Figure(
    "messages per second with a core for each worker", lambda r: r["accepted"] / r["cpu_of_busiest"]
)


@dataclass(frozen=True)
class Case:
    """`options` are those of `Bench.measure`; `key` begins with the workload's letter."""

    key: str
    what: str
    servers: tuple[str, ...]
    figures: tuple[Figure, ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def workload(self) -> str:
        return self.key[0]


OURS, STORED, ALL = ("parley",), ("parley", "dcrf"), ("parley", "bare", "dcrf")
FLOW = {"workload": "flow", "outstanding": 4, "warmup": 3.0, "seconds": 8.0}
ARCHIVED = 1_000_000
FULL = World(archived=ARCHIVED)
PAGING = {
    "workload": "pages",
    "rooms": [("archive", 0)],
    "world": FULL,
    "archived": ARCHIVED,
    "clients": 8,
    "warmup": 2.0,
    "seconds": 8.0,
}


def one_room(subscribers: int) -> dict[str, Any]:
    return {**FLOW, "rooms": [("hall", 0)], "people": subscribers}


def many_rooms(count: int) -> dict[str, Any]:
    return {**FLOW, "rooms": [("fours", number) for number in range(count)]}


SUBSCRIBERS = [100, 500, 2000, 5000]
ROOMS = [1, 10, 100, 1000]
STORED_MESSAGES = [10**3, 10**4, 10**5, 10**6]

CASES = [
    Case("a.500", "1 room × 500", ALL, (DELIVERIES,), one_room(500)),
    Case("a.2000", "1 room × 2,000", ALL, (DELIVERIES,), one_room(2000)),
    Case("b", "50 rooms × 4", ALL, (ACCEPTED,), many_rooms(50)),
    Case(
        "c",
        "1 room × 200, 5 messages a second",
        ALL,
        (P50, P99),
        {"workload": "pace", "rooms": [("two_hundred", 0)], "rate": 5, "seconds": 20.0},
    ),
    Case(
        "d",
        "5,000 sockets in 100 rooms",
        ALL,
        (MEMORY, CONNECTS),
        {"workload": "crowd", "rooms": [("fifties", number) for number in range(100)]},
    ),
    Case("e.newest", "newest 50 of 10⁶", STORED, (PAGES,), {**PAGING, "end": "newest"}),
    Case("e.oldest", "oldest 50 of 10⁶", STORED, (PAGES,), {**PAGING, "end": "oldest"}),
    Case(
        "f",
        "1,000 sockets × 100 events",
        OURS,
        (COMPLETE, BYSTANDERS),
        {
            "workload": "resume",
            # One more than come back: who posts what the others miss.
            "rooms": [("hall", 0), ("fours", 999)],
            "people": 1001,
            "missed": 100,
            "calm": 3.0,
            "rate": 20,
        },
    ),
    *(
        Case(f"g.subscribers.{n}", f"1 room × {n:,}", OURS, (DELIVERY_COST,), one_room(n))
        for n in SUBSCRIBERS
    ),
    *(
        Case(f"g.rooms.{n}", f"{n:,} rooms × 4", OURS, (MESSAGE_COST,), many_rooms(n))
        for n in ROOMS
    ),
    *(
        Case(
            f"g.messages.{n}",
            f"{n:,} messages stored",
            OURS,
            (MESSAGE_COST,),
            {**FLOW, "rooms": [("archive", 0)], "world": World(archived=n)},
        )
        for n in STORED_MESSAGES
    ),
    *(
        Case(
            f"g.workers.{n}",
            f"{n} worker{'s'[: n - 1]}, 50 rooms × 4",
            OURS,
            (CAPACITY, ACCEPTED),
            {**many_rooms(50), "workers": n, "cores": machine.ALL_CORES if n > 1 else None},
        )
        for n in (1, 2)
    ),
]
