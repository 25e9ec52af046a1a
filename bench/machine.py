"""The machine: which core is whose, and what a process has used, as the kernel tells it."""

import os
import platform
import resource
from pathlib import Path

from tests.harness.processes import stat

_CORES = sorted(os.sched_getaffinity(0))
# The load generator, PostgreSQL and Redis share one core, so that the server has the other alone.
GENERATOR_CORES, SERVER_CORES = {_CORES[0]}, {_CORES[-1]}
ALL_CORES = set(_CORES)

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes, and of their children that have ended."""
    return sum(sum(map(int, fields[11:15])) for pid in pids if (fields := stat(pid))) / _TICKS


def rss_kib(pids: list[int]) -> int:
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * resource.getpagesize() // 1024


def allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def description() -> str:
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    linux = ".".join(platform.release().split(".")[:2])
    python = platform.python_version()
    return f"{len(_CORES)} cores of {model}, Linux {linux}, Python {python}"
