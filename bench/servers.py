"""The servers under test, each a child process on its own core."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from deploy.processes import end, free_port, listens, wait_until
from tests.harness.processes import tree
from tests.harness.stack import KEYS

from . import machine
from .worlds import World

ROOT = Path(__file__).resolve().parents[1]


class Server:
    """`name` also chooses how the generator talks to it."""

    name = ""
    # The Django settings of its seeding, and the command that makes its tables.
    settings = ""
    make_tables: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        database_url: str,
        redis_url: str,
        log: Path,
        workers: int = 1,
        cores: set[int] | None = None,
    ) -> None:
        self.port = free_port()
        self.workers = workers
        self._log = log
        self._cores = cores or machine.SERVER_CORES
        self._env = environment(database_url, redis_url, self.settings)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.command()],
                env=self._env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, self._cores),
            )
        wait_until(self._is_up, f"the start of {self.name}", seconds=30)

    def _is_up(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended at its start: see {self._log}")
        return listens(self.port)

    def kill(self) -> None:
        """At once: thousands of sockets that say goodbye are no part of any measurement."""
        if self._process:
            children = tree(self.pid)[1:]
            end(self._process, signal.SIGKILL)
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    @classmethod
    def seed(cls, database_url: str, redis_url: str, world: World) -> dict[str, Any]:
        """Make tables and what the world says; answers pks and tokens."""
        if not cls.settings:
            return {}
        env = environment(database_url, redis_url, cls.settings)
        command = [sys.executable, "-m", f"bench.seeding.{cls.name}", world.as_json()]
        subprocess.run(
            [sys.executable, *cls.make_tables],
            env=env,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)


class Parley(Server):
    name = "parley"
    settings = "backend.config.settings"
    make_tables = ("manage.py", "migrate", "--verbosity", "0")

    def command(self) -> list[str]:
        return ["manage.py", "serve", "--port", str(self.port), "--workers", str(self.workers)]

    def _is_up(self) -> bool:
        """The port is open before the workers are there, and the first one would get everybody."""
        if not super()._is_up():
            return False
        with psycopg.connect(self._env["DATABASE_URL"]) as connection:
            count = connection.execute("SELECT count(*) FROM chat_worker").fetchone()
        return count is not None and count[0] >= self.workers


class Dcrf(Server):
    name = "dcrf"
    settings = "bench.baselines.dcrf.settings"
    make_tables = ("-m", "django", "migrate", "--verbosity", "0")

    def command(self) -> list[str]:
        application = "bench.baselines.dcrf.asgi:application"
        return ["-m", "daphne", "--verbosity", "0", "--port", str(self.port), application]


class Bare(Server):
    name = "bare"

    def command(self) -> list[str]:
        return ["-m", "bench.baselines.bare", str(self.port)]


SERVERS: dict[str, type[Server]] = {server.name: server for server in (Parley, Dcrf, Bare)}


def environment(database_url: str, redis_url: str, settings: str) -> dict[str, str]:
    return {
        **{key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
        "DJANGO_SETTINGS_MODULE": settings,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        **KEYS,
        "ACCESS_TOKEN_SECONDS": "86400",
        "RATE_LIMITS": "off",
    }
