"""What the measurements have to show."""

from dataclasses import dataclass

from .cases import (
    ACCEPTED,
    BYSTANDERS,
    CAPACITY,
    COMPLETE,
    CONNECTS,
    DELIVERIES,
    DELIVERY_COST,
    MEMORY,
    MESSAGE_COST,
    P99,
    PAGES,
    Figure,
)

NAMES = {"parley": "Parley", "bare": "the yardstick", "dcrf": "the baseline"}


@dataclass(frozen=True)
class Goal:
    """A figure of Parley's, or its ratio to another (case, server), and its bound."""

    what: str
    figure: Figure
    case: str
    bound: float
    over: tuple[str, str] | None = None
    at_most: bool = False

    @property
    def digits(self) -> int:
        return 2 if self.over else self.figure.digits

    @property
    def text(self) -> str:
        sign = "≤" if self.at_most else "≥"
        if self.over is None:
            return f"{sign} {self.bound:g}"
        case, server = self.over
        whose = NAMES[server] if case == self.case else "the other"
        return f"{sign} {self.bound:g} × {whose}"

    def is_met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


def _a(case: str, size: str) -> list[Goal]:
    what = f"a: deliveries per CPU second, {size} subscribers"
    return [
        Goal(what, DELIVERIES, case, 100, (case, "dcrf")),
        Goal(what, DELIVERIES, case, 1.3, (case, "bare")),
    ]


_PAGES = "e: pages of history per CPU second"
GOALS = [
    *_a("a.500", "500"),
    *_a("a.2000", "2,000"),
    Goal("b: messages accepted per CPU second", ACCEPTED, "b", 25, ("b", "dcrf")),
    Goal("c: p99 from send to delivery", P99, "c", 3, ("c", "bare"), at_most=True),
    Goal("c: p99 from send to delivery", P99, "c", 0.1, ("c", "dcrf"), at_most=True),
    Goal("d: memory per idle joined socket", MEMORY, "d", 1.25, ("d", "bare"), at_most=True),
    Goal("d: connects per CPU second", CONNECTS, "d", 5, ("d", "dcrf")),
    Goal(f"{_PAGES}, newest 50", PAGES, "e.newest", 5, ("e.newest", "dcrf")),
    Goal(f"{_PAGES}, oldest 50", PAGES, "e.oldest", 5, ("e.oldest", "dcrf")),
    Goal(
        f"{_PAGES}, newest over oldest",
        PAGES,
        "e.newest",
        1.2,
        ("e.oldest", "parley"),
        at_most=True,
    ),
    Goal("f: seconds until 1,000 resumes are complete", COMPLETE, "f", 3, at_most=True),
    Goal("f: p99 of bystanders meanwhile, ms", BYSTANDERS, "f", 100, at_most=True),
    Goal(
        "g: cost per delivery, 5,000 subscribers over 100",
        DELIVERY_COST,
        "g.subscribers.5000",
        1.15,
        ("g.subscribers.100", "parley"),
        at_most=True,
    ),
    Goal(
        "g: cost per message, 10⁶ stored over 10³",
        MESSAGE_COST,
        "g.messages.1000000",
        1.15,
        ("g.messages.1000", "parley"),
        at_most=True,
    ),
    Goal(
        "g: capacity, 2 workers on 2 cores over 1 worker on 1",
        CAPACITY,
        "g.workers.2",
        1.7,
        ("g.workers.1", "parley"),
    ),
]
