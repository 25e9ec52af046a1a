"""Results as they are kept: of each case the rounds of its newest run, per server."""

import datetime
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import machine
from .cases import Figure
from .goals import Goal

DIRECTORY = Path(__file__).parent / "results"
FILE = DIRECTORY / "results.json"


@dataclass(frozen=True)
class Range:
    """Over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Range | None":
        return cls(statistics.median(values), min(values), max(values)) if values else None

    def text(self, digits: int) -> str:
        middle, least, most = (
            f"{value:,.{digits}f}" for value in (self.median, self.least, self.most)
        )
        return middle if least == most else f"{middle} ({least}–{most})"


class Results:
    """{case: {"when", "machine", "rounds": {server: {round: result}}}}."""

    def __init__(self, cases: dict[str, Any] | None = None) -> None:
        self.cases = cases or {}

    @classmethod
    def read(cls) -> "Results":
        return cls(json.loads(FILE.read_text()) if FILE.exists() else {})

    def write(self) -> None:
        """What was measured now replaces what the file says of the same cases."""
        merged = {**self.read().cases, **self.cases}
        DIRECTORY.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(merged, indent=1, sort_keys=True) + "\n")

    def add(self, case: str, server: str, number: int, result: dict[str, Any]) -> None:
        entry = self.cases.setdefault(case, {**_circumstances(), "rounds": {}})
        entry["rounds"].setdefault(server, {})[str(number)] = result

    def rounds(self, case: str, server: str) -> dict[str, dict[str, Any]]:
        return self.cases.get(case, {}).get("rounds", {}).get(server, {})

    def figure(self, case: str, server: str, figure: Figure) -> Range | None:
        return Range.of([figure.of(result) for result in self.rounds(case, server).values()])

    def reached(self, goal: Goal) -> Range | None:
        """A ratio is taken round by round: the two were measured minutes apart."""
        ours = self.rounds(goal.case, "parley")
        if goal.over is None:
            return self.figure(goal.case, "parley", goal.figure)
        theirs = self.rounds(*goal.over)
        of = goal.figure.of
        return Range.of([of(ours[n]) / of(theirs[n]) for n in ours if n in theirs])


def _circumstances() -> dict[str, str]:
    return {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "machine": machine.description(),
    }
