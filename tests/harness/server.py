"""A real server under test: its own database, its own port, its log in a file."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg

from deploy.processes import end, free_port, wait_until

from . import processes
from .stack import KEYS, ROOT


class Server:
    """`manage.py serve` as a child process. It keeps its port and its database over restarts."""

    def __init__(
        self, *, database_url: str, redis_url: str, log: Path, workers: int = 1, **env: str
    ) -> None:
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/ws/chat/room/"
        self.log = log
        self.is_broken_on_purpose = False
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._env = {
            **{key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            **KEYS,
            "RATE_LIMITS": "off",
            **env,
        }

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The pids of the processes that serve."""
        if self._workers == 1:
            return [self.pid]
        children = processes.tree(self.pid)[1:]
        return [pid for pid in children if "spawn_main" in processes.command(pid)]

    def start(self) -> None:
        command = self._command("serve", "--host", "127.0.0.1", "--port", str(self.port))
        if self._workers > 1:
            command += ["--workers", str(self._workers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until(self._is_ready, "the server's start", seconds=90)
            self.wait_until_whole()
        except TimeoutError:
            self.kill()
            raise RuntimeError(f"The server did not start:\n{self.log_text()[-4000:]}") from None

    def stop(self) -> None:
        if self._process:
            end(self._process)

    def kill(self) -> None:
        """All its processes, without a word."""
        if self._process:
            workers = self.workers
            end(self._process, signal.SIGKILL)
            for pid in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill_worker(self, pid: int) -> None:
        """One of several. When this returns another one was started, and may not serve yet."""
        before = set(self.workers)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: bool(set(self.workers) - before), "the start of another worker")

    def wait_until_whole(self) -> None:
        """Until all workers serve; an address that answers may have one of two behind it."""

        def leases() -> int:
            with psycopg.connect(self.database_url) as connection:
                row = connection.execute(
                    "SELECT count(*) FROM chat_worker WHERE heartbeat_at > now() - interval '7 s'"
                ).fetchone()
                return row[0] if row else 0

        if self._workers > 1:
            wait_until(lambda: leases() >= self._workers, "the start of all workers", 90)

    def heal(self) -> None:
        """Whatever a test did to it: it serves, with all its workers."""
        assert self._process is not None
        if self._process.poll() is not None:
            self.start()
        for pid in self.workers:
            os.kill(pid, signal.SIGCONT)
        wait_until(self._is_ready, "the server's recovery", seconds=30)
        self.wait_until_whole()

    def wait(self, seconds: float) -> int:
        """Until the process has ended by itself; its exit status."""
        assert self._process is not None
        return self._process.wait(seconds)

    def restart(self) -> None:
        self.stop()
        self.start()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]

    def _is_ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"The server ended at its start:\n{self.log_text()[-4000:]}")
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=2).status_code == 200
        except httpx.TransportError:
            return False


def improper_lines(log: str) -> list[str]:
    """What no log may hold: tracebacks, tokens (they begin with `eyJ`), and the tests' canaries."""
    unwanted = ("Traceback (most recent call last)", "eyJ", "canary-")
    return [line for line in log.splitlines() if any(word in line for word in unwanted)]
