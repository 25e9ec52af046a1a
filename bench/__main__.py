"""`make bench`: measure everything in one go, servers in turn, several rounds, and report.

From the environment: ROUNDS=3; ONLY=a,c or ONLY=a.500 chooses workloads or cases, SERVERS=parley
servers, and then nothing is written unless WRITE=1; PROFILE=1 draws a flame graph of each server.
"""

import os
import signal
import sys

from . import machine
from .cases import CASES
from .measuring import Bench, Unmeasured
from .report import lines, page, pictures
from .results import Results
from .stores import Stores


def names(variable: str) -> list[str]:
    return [name for name in os.environ.get(variable, "").split(",") if name]


def main() -> None:
    only, servers = names("ONLY"), names("SERVERS")
    profile = bool(os.environ.get("PROFILE"))
    write = bool(os.environ.get("WRITE")) or not (only or servers or profile)
    cases = [case for case in CASES if not only or {case.workload, case.key} & set(only)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    # Stores and generator inherit this; the servers are put elsewhere.
    os.sched_setaffinity(0, machine.GENERATOR_CORES)
    machine.allow_many_files()
    results = Results()
    with Stores() as stores:
        bench = Bench(stores, profile=profile)
        for number in range(1, int(os.environ.get("ROUNDS") or 3) + 1):
            for case in cases:
                for server in case.servers:
                    if servers and server not in servers:
                        continue
                    try:
                        result = bench.measure(server, **case.options)
                    except Unmeasured as failure:
                        print(f"round {number}  {case.key:18} {server:7} FAILED: {failure}")
                        continue
                    results.add(case.key, server, number, result)
                    print(lines.measured(number, case, server, result), flush=True)
    print("", lines.reached(results), sep="\n")
    if write:
        results.write()
        published = Results.read()
        pictures.draw(published)
        page.write(published)


if __name__ == "__main__":
    main()
