"""`make bench-smoke`: does the bench work, and is no ratio below half of the published one?

One short round, on whatever else the machine is doing; no figure of it is worth quoting.
"""

import os
import signal
import sys

from . import machine
from .cases import CASES
from .goals import GOALS
from .measuring import Bench
from .report import lines
from .results import Results
from .stores import Stores

# Ratios to the yardstick and the baseline that show soonest when something has become slow.
SMOKED = {"a.500": ("parley", "bare"), "b": ("parley", "dcrf")}
SHORT = {"warmup": 1.0, "seconds": 3.0}
# What no server of ours may do, on however busy a machine.
FORBIDDEN = ("missing", "closed", "lost", "altered", "disordered")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    os.sched_setaffinity(0, machine.GENERATOR_CORES)
    machine.allow_many_files()
    now, published = Results(), Results.read()
    broken = []
    with Stores() as stores:
        bench = Bench(stores)
        for case in CASES:
            for server in SMOKED.get(case.key, ()):
                result = bench.measure(server, **{**case.options, **SHORT})
                now.add(case.key, server, 1, result)
                print(lines.measured(1, case, server, result), flush=True)
                if server == "parley":
                    broken += [f"{case.key}: {flaw}" for flaw in FORBIDDEN if result[flaw]]
    for goal in GOALS:
        found, before = now.reached(goal), published.reached(goal)
        if found and before and goal.over and found.median < before.median / 2:
            broken.append(f"{goal.what}: {found.median:.2f}, published {before.median:.2f}")
    if not published.cases:
        print("Nothing is published yet that this could be compared with.")
    sys.exit("\n".join(["The bench is broken, or Parley is:", *broken]) if broken else 0)


if __name__ == "__main__":
    main()
