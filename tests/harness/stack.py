"""The two stores a server needs: nothing but a file, or a throw-away PostgreSQL and Redis."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psycopg

# Keys of the test servers; the tests forge tokens with the second.
SECRET_KEY = "test-secret-key-test-secret-key-test-secret-key"
JWT_SIGNING_KEY = "test-signing-key-" * 4


class Unavailable(Exception):
    """A program that the chosen stack needs is not installed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], with_signal: int = signal.SIGTERM) -> None:
    """Ask once, wait, then insist."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


class Embedded:
    """One SQLite file per server, the in-process channel layer."""

    name = "embedded"
    redis_url = ""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="parley-test-"))

    def new_database(self) -> str:
        return f"sqlite:///{self.directory / uuid.uuid4().hex}.sqlite3"

    def stop(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


class Production:
    """PostgreSQL and Redis on free ports of loopback, our own children, gone afterwards."""

    name = "production"

    def __init__(self) -> None:
        postgres, initdb = _postgres_program("postgres"), _postgres_program("initdb")
        redis = shutil.which("redis-server")
        if not (postgres and initdb and redis):
            raise Unavailable("PostgreSQL (initdb, postgres) or redis-server is not installed")
        self.directory = Path(tempfile.mkdtemp(prefix="parley-test-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            self._start_postgres(postgres, initdb)
            self._start_redis(redis)
        except BaseException:
            self.stop()
            raise

    def _start_postgres(self, postgres: str, initdb: str) -> None:
        data = self.directory / "postgres"
        data.mkdir(mode=0o700)
        # PostgreSQL refuses to run as root; its files then belong to somebody else.
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
            self.directory.chmod(0o711)
            shutil.chown(data, "postgres", "postgres")
        with self._log("initdb") as log:
            subprocess.run(
                [initdb, "-D", data, "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C"],
                stdout=log,
                stderr=log,
                check=True,
                cwd="/",
                **self._owner,
            )
        port = free_port()
        options = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=on",
        ]
        command = [postgres, "-D", str(data), *(part for o in options for part in ("-c", o))]
        self._spawn(command, "postgres", **self._owner)
        self._admin_url = f"postgres://parley@127.0.0.1:{port}/postgres"
        wait_until(self._postgres_answers, "PostgreSQL's start")

    def _start_redis(self, redis: str) -> None:
        port = free_port()
        command = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        self._spawn([*command, "--appendonly", "no", "--dir", str(self.directory)], "redis")
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        wait_until(lambda: _listens(port), "Redis's start")

    def _log(self, name: str) -> IO[bytes]:
        return (self.directory / f"{name}.log").open("ab")

    def _spawn(self, command: list[str], name: str, **owner: Any) -> None:
        with self._log(name) as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **owner
            )
        self._processes.append(process)

    def _postgres_answers(self) -> bool:
        try:
            psycopg.connect(self._admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self) -> str:
        name = f"parley_{uuid.uuid4().hex}"
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"{self._admin_url.removesuffix('/postgres')}/{name}"

    def stop(self) -> None:
        for process in reversed(self._processes):
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients.
            end(process, signal.SIGINT)
        shutil.rmtree(self.directory, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _postgres_program(name: str) -> str | None:
    found = shutil.which(name)
    places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found or (places[-1] if places else None)
