"""What is printed while and after it is measured."""

from typing import Any

from ..cases import Case
from ..goals import GOALS
from ..results import Results

# What spoils a figure, or qualifies it.
FLAWS = ("missing", "refused", "closed", "lost", "altered", "disordered", "saturated")


def measured(number: int, case: Case, server: str, result: dict[str, Any]) -> str:
    figures = ", ".join(f"{f.name} {f.of(result):,.{f.digits}f}" for f in case.figures)
    used = {
        "server": result["cpu"] / result["seconds"],
        "stores": result["cpu_of_stores"] / result["seconds"],
        "generator": result["generator_share"],
    }
    shares = ", ".join(f"{name} {share:.0%}" for name, share in used.items())
    found = "".join(f", {flaw} {result[flaw]}" for flaw in FLAWS if result.get(flaw))
    return f"round {number}  {case.key:18} {server:7} {figures}  [of a core: {shares}{found}]"


def reached(results: Results) -> str:
    lines = []
    for goal in GOALS:
        if found := results.reached(goal):
            verdict = "met" if goal.is_met(found.median) else "MISSED"
            lines.append(f"{goal.what}: {found.text(goal.digits)}; goal {goal.text}: {verdict}")
    return "\n".join(lines)
