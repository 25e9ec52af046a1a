"""A window of time: what was done in it, and whose CPU seconds it took."""

from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from bench import machine
from tests.harness.processes import tree


@dataclass
class Meter:
    """`server` and `stores`: the processes to look at."""

    server: list[int]
    stores: list[int]

    def __post_init__(self) -> None:
        self._stores = [one for pid in self.stores for one in tree(pid)]
        self.restart()

    def restart(self) -> None:
        self._begun = self._read()

    def stop(self) -> dict[str, Any]:
        """What was used since the start, in seconds; `cpu` is the server's, all processes."""
        begun, ended = self._begun, self._read()
        seconds = ended["at"] - begun["at"]
        each = [after - before for before, after in zip(begun["each"], ended["each"], strict=True)]
        own = ended["own"] - begun["own"]
        return {
            "seconds": seconds,
            "cpu": sum(each),
            "cpu_of_busiest": max(each),
            "cpu_of_stores": ended["stores"] - begun["stores"],
            "generator_share": own / seconds,
        }

    def _read(self) -> dict[str, Any]:
        return {
            "at": perf_counter(),
            "own": process_time(),
            "each": [machine.cpu_seconds([pid]) for pid in self.server],
            "stores": machine.cpu_seconds(self._stores),
        }
