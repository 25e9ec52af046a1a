"""The table of docs/reliability.md, from the runs that `make faults` appended to its record.

    python -m tests.faults.reliability [--check]

What is written around the table by hand stays as it is.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, RECORD = DOCS / "reliability.md", DOCS / "reliability.jsonl"
BLOCK = re.compile(r"(<!-- table: begin -->\n).*?(<!-- table: end -->)", re.DOTALL)

PROMISES = {
    "1": "An acknowledged message is never lost: a worker is killed under 30 sends in flight",
    "1a": "the same, when the process is killed that starts the workers, and all is started anew",
    "1b": "the same, when PostgreSQL is killed",
    "1c": "the same, when a worker is killed and another starts while PostgreSQL is away",
    "2": "A room's seq is 1..n: 50 writers over both doors, with failing sends and repeats between;"
    " 50 readers get each once, in order (one trial: 2,000 messages)",
    "4": "Resume has no hole and no repeat: connections cut at random bytes (one trial: one cut)",
    "5": "The same across interruptions; afterwards every subscriber reaches the head",
    "6": "The last message before a silence arrives within 2.5 s though its announcement is lost",
    "7": "A minute without Redis: answers as fast as before, delivery within 2.5 s",
    "8": "The same `client_id` makes one message (one trial: one message, sent up to five times)",
    "9": "100 sockets that never read cost 50 others nothing, end with 4408 and catch up",
    "10": "Seven ways to lose a right stop delivery within 2 s, also without Redis"
    " (one trial: one person)",
    "11": "A dead worker's people are offline within 45 s, a live one's never",
    "13": "Any interleaving of actions equals a small model (one trial: one sequence of up to 30)",
    "14": "A restart under load: everybody hears `bye` and 1012, nothing is lost, it ends in 12 s",
    "15": "Nothing is left behind (one trial: one cycle of connect, join, send, drop)",
}


def table() -> str:
    runs: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    if RECORD.exists():
        for line in RECORD.read_text().splitlines():
            run = json.loads(line)
            runs[run["row"], run["test"], run["stack"]].append(run)
    lines = [
        "| row | promise | stack | trials | failures | since the last failure | at most (95 %)"
        " | command |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row, promise in PROMISES.items():
        found = [(key, value) for key, value in sorted(runs.items()) if key[0] == row]
        if not found:
            lines.append(f"| {row} | {promise} | | not run | | | | |")
        for (_, test, stack), one in found:
            what = f"{promise}: {_words(test)}"
            command = f"`make faults ROW={row} STACK={stack}`"
            lines.append(f"| {row} | {what} | {stack} | {_numbers(one)} | {command} |")
    return "\n".join(lines)


def _words(test: str) -> str:
    """`test_interruption_of_a_store[redis-frozen]` as words."""
    return test.removeprefix("test_").replace("_", " ").replace("[", " (").replace("]", ")")


def _numbers(runs: list[dict[str, Any]]) -> str:
    trials, failures = (sum(run[key] for run in runs) for key in ("trials", "failures"))
    last = max((n for n, run in enumerate(runs) if run["failures"]), default=-1)
    since = sum(run["trials"] for run in runs[last + 1 :])
    bound = f"{300 / since:.2g} %" if since >= 3 else "–"
    return f"{trials:,} | {failures} | {since:,} | {bound}"


def main() -> None:
    page = PAGE.read_text()
    fresh = BLOCK.sub(lambda match: f"{match[1]}{table()}\n{match[2]}", page)
    if "--check" not in sys.argv:
        PAGE.write_text(fresh)
    elif fresh != page:
        sys.exit("docs/reliability.md is stale: run make reliability")


if __name__ == "__main__":
    main()
