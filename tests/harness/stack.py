"""The two stores a server needs: nothing but a file, or a throw-away PostgreSQL and Redis."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import psycopg

from deploy.compose import Service
from deploy.processes import Missing, end, free_port, listens, program, wait_until

from .processes import tree

ROOT = Path(__file__).resolve().parents[2]
# With it tests forge tokens.
JWT_SIGNING_KEY = "test-signing-key-" * 4
KEYS = {
    "SECRET_KEY": "test-secret-key-test-secret-key-test-secret-key",
    "JWT_SIGNING_KEY": JWT_SIGNING_KEY,
}


class Unavailable(Exception):
    """A program that the chosen stack needs is not installed."""


class Stack:
    """What both have: a directory of their own with all logs, and databases."""

    name: str
    redis_url: str

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="parley-test-"))
        self._migrated = ""

    def new_database(self, *, like: str = "") -> str:
        """The address of an empty one, or of a copy."""
        raise NotImplementedError

    def migrated_database(self) -> str:
        """One with all tables. To migrate takes seconds: it is done once, and copied."""
        if not self._migrated:
            database = self.new_database()
            with self._log("migrate") as log:
                subprocess.run(
                    [sys.executable, str(ROOT / "manage.py"), "migrate"],
                    env={**os.environ, **KEYS, "DATABASE_URL": database},
                    stdout=log,
                    stderr=log,
                    check=True,
                )
            self._migrated = database
        return self.new_database(like=self._migrated)

    def heal(self) -> None:
        """Whatever a test did to a store: it runs."""

    def log_text(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.directory.glob("*.log"))

    def stop(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def _log(self, name: str) -> IO[bytes]:
        return (self.directory / f"{name}.log").open("ab")


class Embedded(Stack):
    """One SQLite file per server, the in-process channel layer."""

    name = "embedded"
    redis_url = ""

    def new_database(self, *, like: str = "") -> str:
        database = f"sqlite:///{self.directory / uuid.uuid4().hex}.sqlite3"
        if like:
            shutil.copy(like.removeprefix("sqlite:///"), database.removeprefix("sqlite:///"))
        return database


class Store:
    """PostgreSQL or Redis. A test may kill it, freeze it, and start it again on its port."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        answers: Callable[[], bool],
        stop_signal: signal.Signals = signal.SIGTERM,
        owner: dict[str, Any] | None = None,
    ) -> None:
        self._command, self._log, self._answers = command, log, answers
        self._stop_signal, self._owner = stop_signal, owner or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                **self._owner,
            )
        wait_until(self._answers, f"the start of {self._command[0]}", seconds=60)

    def stop(self) -> None:
        if self._process is not None:
            self.thaw()
            end(self._process, self._stop_signal)

    def kill(self) -> None:
        """As when the machine loses its power, but for what the kernel has."""
        assert self._process is not None
        for pid in tree(self.pid):
            _signal(pid, signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        for pid in tree(self.pid):
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in tree(self.pid):
            _signal(pid, signal.SIGCONT)

    def heal(self) -> None:
        """Whatever a test did to it: it runs."""
        assert self._process is not None
        if self._process.poll() is None:
            self.thaw()
        else:
            self.start()


class Production(Stack):
    """PostgreSQL and Redis on free ports of loopback, our own children, gone afterwards."""

    name = "production"

    def __init__(self) -> None:
        try:
            programs = {name: program(name) for name in ("postgres", "initdb", "redis-server")}
        except Missing as missing:
            raise Unavailable(str(missing)) from None
        super().__init__()
        self._redis_program = programs["redis-server"]
        self._stores: list[Store] = []
        try:
            self.postgres = self._start_postgres(programs["postgres"], programs["initdb"])
            self.redis, self.redis_url = self.start_redis()
        except BaseException:
            self.stop()
            raise

    def _start_postgres(self, postgres: str, initdb: str) -> Store:
        data = self.directory / "postgres"
        data.mkdir(mode=0o700)
        # PostgreSQL refuses to run as root; its files then belong to somebody else.
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
            self.directory.chmod(0o711)
            shutil.chown(data, "postgres", "postgres")
        with self._log("initdb") as log:
            subprocess.run(
                [initdb, "-D", data, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C"],
                stdout=log,
                stderr=log,
                check=True,
                cwd="/",
                **owner,
            )
        port = free_port()
        # With what production has, so that its log is searched for what it may not quote.
        options = [*Service("postgres", {"POSTGRES_PASSWORD": "x"}).command[1:]]
        for setting in (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories="):
            options += ["-c", setting]
        self._admin_url = f"postgres://parley@127.0.0.1:{port}/postgres"
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
        store = Store(
            [postgres, "-D", str(data), *options],
            log=self.directory / "postgres.log",
            answers=self._postgres_answers,
            stop_signal=signal.SIGINT,
            owner=owner,
        )
        self._stores.append(store)
        store.start()
        return store

    def start_redis(self) -> tuple[Store, str]:
        """A Redis, and its address; a test may want one more."""
        port = free_port()
        command = [self._redis_program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        store = Store(
            [*command, "--appendonly", "no", "--dir", str(self.directory)],
            log=self.directory / "redis.log",
            answers=lambda: listens(port),
        )
        self._stores.append(store)
        store.start()
        return store, f"redis://127.0.0.1:{port}/0"

    @property
    def pids(self) -> list[int]:
        return [store.pid for store in self._stores]

    def _postgres_answers(self) -> bool:
        try:
            psycopg.connect(self._admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self, *, like: str = "") -> str:
        name, template = f"parley_{uuid.uuid4().hex}", like.rpartition("/")[2] or "template1"
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return f"{self._admin_url.removesuffix('/postgres')}/{name}"

    def heal(self) -> None:
        for store in self._stores:
            store.heal()

    def stop(self) -> None:
        for store in reversed(self._stores):
            store.stop()
        super().stop()


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
