"""Programs as children of this process: found, started on free ports of loopback, and ended."""

import glob
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO, Any


class Missing(Exception):
    """A program that is needed is not installed."""


def program(name: str) -> str:
    """Where it is installed. Debian keeps PostgreSQL's and nginx's out of most people's PATH."""
    places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not (found or places):
        raise Missing(f"{name} is not installed")
    return found or places[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def end(
    process: subprocess.Popen[bytes], with_signal: int = signal.SIGTERM, seconds: float = 15
) -> None:
    """Ask once, wait, then insist."""
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Child:
    """A running program. What it writes goes to `log`, or to where this process writes."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        log: IO[bytes] | None = None,
        **options: Any,
    ) -> None:
        self.name = name
        self._stop_signal = stop_signal
        # A group of its own: Ctrl+C reaches the parent alone, which ends its children in order.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log and subprocess.STDOUT,
            process_group=0,
            **options,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self, seconds: float) -> int:
        """Until it has ended by itself; its exit status."""
        return self._process.wait(seconds)

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self.has_ended or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start")
            time.sleep(0.05)

    def end(self, seconds: float) -> None:
        end(self._process, self._stop_signal, seconds)


def run(command: Sequence[str], **options: Any) -> None:
    """To its end, which has to be a good one."""
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, **options)
