"""The tables of docs/performance.md, between its markers; all other text is left as it is."""

import re
from pathlib import Path

from ..cases import CASES
from ..goals import GOALS, NAMES
from ..results import Results
from .growth import SERIES
from .lines import FLAWS
from .pictures import DIRECTORY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
NOT_MEASURED = "not measured"


def write(results: Results) -> None:
    tables = {
        "goals": goals(results),
        "figures": figures(results),
        "growth": growth(results),
        "circumstances": circumstances(results),
    }
    page = PAGE.read_text()
    for name, table in tables.items():
        page = _with(table, page, name)
    PAGE.write_text(page)


def _with(table: str, page: str, name: str) -> str:
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return block.sub(lambda match: f"{match[1]}{table}\n{match[2]}", page)


def goals(results: Results) -> str:
    rows = ["| | goal | measured: median (range of the rounds) | |", "|---|---|---|---|"]
    for goal in GOALS:
        found = results.reached(goal)
        verdict = "" if found is None else "met" if goal.is_met(found.median) else "**missed**"
        measured = found.text(goal.digits) + " ×" * bool(goal.over) if found else NOT_MEASURED
        rows.append(f"| {goal.what} | {goal.text} | {measured} | {verdict} |")
    return "\n".join(rows)


def figures(results: Results) -> str:
    names = " | ".join(NAMES.values())
    rows = [f"| | | {names} |", "|---|---|---|---|---|"]
    for case in CASES:
        if case.workload == "g":
            continue
        for figure in case.figures:
            cells = []
            for server in NAMES:
                found = results.figure(case.key, server, figure)
                there = NOT_MEASURED if server in case.servers else "–"
                cells.append(found.text(figure.digits) if found else there)
            what = f"{case.workload}: {case.what} | {figure.name}"
            rows.append(f"| {what} | {' | '.join(cells)} |")
    if results.cases:
        picture = f"![Deliveries per CPU second]({DIRECTORY.name}/deliveries.svg)"
        rows += ["", *flaws(results), "", picture]
    return "\n".join(rows)


def flaws(results: Results) -> list[str]:
    """What a reader has to know of the figures above."""
    found = []
    for case in CASES:
        for server in case.servers:
            for number, result in results.rounds(case.key, server).items():
                seen = ", ".join(f"{name} {result[name]}" for name in FLAWS if result.get(name))
                if seen:
                    found.append(f"- {case.key}, {NAMES[server]}, round {number}: {seen}")
    return found or [
        "In no run was anything lost, late or refused, nor was the generator saturated."
    ]


def growth(results: Results) -> str:
    parts = []
    for series in SERIES:
        slope = series.slope(results)
        rows = [f"| {series.of} | {series.figure.name} |", "|---|---|"]
        rows += [
            f"| {size:,} | {cost.text(series.figure.digits)} |"
            for size, cost in series.points(results)
        ]
        said = NOT_MEASURED if slope is None else f"cost ~ n^{slope:.3f}"
        picture = f"![{series.title} over {series.of}]({DIRECTORY.name}/{series.picture}.svg)"
        parts.append("\n".join([*rows, "", f"{series.title} over {series.of}: {said}.", ""]))
        if slope is not None:
            parts.append(f"{picture}\n")
    workers = [case for case in CASES if case.key.startswith("g.workers.")]
    heads = [figure.name for figure in workers[0].figures]
    rows = [f"| | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    for case in workers:
        found = [results.figure(case.key, "parley", figure) for figure in case.figures]
        cells = [value.text(0) if value else NOT_MEASURED for value in found]
        rows.append(f"| {case.what} | {' | '.join(cells)} |")
    return "\n".join([*parts, *rows])


def circumstances(results: Results) -> str:
    runs = {(entry["machine"], entry["when"][:10]) for entry in results.cases.values()}
    lines = [f"- {on}, {day}" for on, day in sorted(runs)]
    return "\n".join(lines) or NOT_MEASURED
