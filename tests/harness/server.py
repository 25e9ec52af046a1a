"""A real server under test: its own database, its own port, its log in a file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from . import stack as stacks
from .stack import end, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]


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
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._env = {
            **{key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": stacks.SECRET_KEY,
            "JWT_SIGNING_KEY": stacks.JWT_SIGNING_KEY,
            "RATE_LIMITS": "off",
            **env,
        }

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def migrate(self) -> None:
        with self.log.open("ab") as log:
            subprocess.run(
                self._command("migrate"),
                env=self._env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                check=True,
            )

    def start(self) -> None:
        command = self._command("serve", "--host", "127.0.0.1", "--port", str(self.port))
        if self._workers > 1:
            command += ["--workers", str(self._workers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until(self._is_ready, "the server's start", seconds=30)
        except TimeoutError:
            self.kill()
            raise RuntimeError(f"The server did not start:\n{self.log_text()[-4000:]}") from None

    def stop(self) -> None:
        if self._process:
            end(self._process)

    def kill(self) -> None:
        if self._process:
            end(self._process, signal.SIGKILL)

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
