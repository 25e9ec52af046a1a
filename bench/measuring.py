"""One measurement: a fresh database, a fresh server, the generator, and what it found."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.harness.processes import tree

from .results import DIRECTORY
from .servers import ROOT, SERVERS, Server
from .stores import Stores
from .worlds import World, members

# Above this share of its core the generator may have been what was slow.
SATURATED = 0.9


class Unmeasured(Exception):
    """The server or the generator failed; the other measurements can go on."""


class Bench:
    """Keeps what all measurements share: stores, seeded databases, logs."""

    def __init__(self, stores: Stores, *, profile: bool = False) -> None:
        self._stores = stores
        self._profile = profile
        self._seeded: dict[tuple[str, World], tuple[str, dict[str, Any]]] = {}
        self._logs = Path(tempfile.mkdtemp(prefix="parley-bench-"))

    def measure(
        self,
        server: str,
        workload: str,
        *,
        rooms: list[tuple[str, int]],
        people: int | None = None,
        world: World = World(),  # noqa: B008
        workers: int = 1,
        cores: set[int] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """`rooms`: (kind, number) of those that take part, with their first `people` members."""
        template, contents = self._seed(server, world)
        database = self._stores.copy(template) if template else ""
        self._stores.forget()
        running = SERVERS[server](
            database_url=database,
            redis_url=self._stores.redis_url,
            log=self._logs / f"{server}.log",
            workers=workers,
            cores=cores,
        )
        try:
            self._start(running)
            task = {
                "workload": workload,
                "server": server,
                "port": running.port,
                "server_pids": tree(running.pid),
                "store_pids": self._stores.pids,
                "tokens": contents.get("tokens", []),
                "rooms": [
                    {
                        "pk": contents["rooms"][kind][number] if contents else position + 1,
                        "members": list(members(kind, number))[:people],
                    }
                    for position, (kind, number) in enumerate(rooms)
                ],
                "options": options,
            }
            return self._generate(task, running.pid)
        finally:
            running.kill()
            if database:
                self._stores.drop(database)

    def _start(self, server: Server) -> None:
        try:
            server.start()
        except (TimeoutError, RuntimeError) as error:
            raise Unmeasured(f"{error}; the servers' logs are in {self._logs}") from error

    def _seed(self, server: str, world: World) -> tuple[str, dict[str, Any]]:
        if (server, world) not in self._seeded:
            kind = SERVERS[server]
            url = self._stores.empty() if kind.settings else ""
            contents = kind.seed(url, self._stores.redis_url, world)
            self._seeded[server, world] = url, contents
        return self._seeded[server, world]

    def _generate(self, task: dict[str, Any], pid: int) -> dict[str, Any]:
        generator = subprocess.Popen(
            [sys.executable, "-m", "bench.generator"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert generator.stdin and generator.stdout
        try:
            generator.stdin.write(json.dumps(task).encode())
            generator.stdin.close()
            last = json.loads(generator.stdout.readline() or "null")
            if last and "for" in last:
                if self._profile:
                    _record(pid, f"{task['workload']}-{task['server']}", last["for"])
                last = json.loads(generator.stdout.readline() or "null")
            if generator.wait() or last is None:
                raise Unmeasured(f"the generator gave up; the servers' logs are in {self._logs}")
        finally:
            generator.kill()
        return {**last, "saturated": last["generator_share"] > SATURATED}


def _record(pid: int, name: str, seconds: float) -> None:
    """A flame graph of the server while it is measured; the figures then mean little."""
    DIRECTORY.mkdir(exist_ok=True)
    picture = DIRECTORY / f"profile-{name}.svg"
    command = ["py-spy", "record", "--pid", str(pid), "--duration", str(max(int(seconds), 1))]
    subprocess.Popen(
        [Path(sys.executable).parent / command[0], *command[1:], "--subprocesses", "-o", picture]
    )
