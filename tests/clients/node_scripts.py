"""Runs the scripts of node/ against a server. Each ends by itself within 30 s and prints JSON."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.server import Server

NODE = Path(__file__).parent / "node"


class Script:
    """A running script, for tests that take turns with it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hears(self) -> Any:
        """The next object that the script says."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        said = json.loads(line) if line else {"failed": "the script ended without a result"}
        if "failed" in said:
            self._process.kill()
            pytest.fail(f"{said['failed']}\n{self._process.communicate()[1]}", pytrace=False)
        return said

    def tell(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()


@contextmanager
def script(name: str, server: Server, **settings: Any) -> Iterator[Script]:
    settings = {"http": server.url, "ws": server.url.replace("http", "ws", 1), **settings}
    process = subprocess.Popen(
        [_node(), str(NODE / name), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Script(process)
        finally:
            process.kill()


def run(name: str, server: Server, **settings: Any) -> Any:
    """The result of a script that needs nobody beside it."""
    with script(name, server, **settings) as running:
        return running.hears()


def _node() -> str:
    """Node's program, with the packages of the lock file installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        message = "Node is not installed: tests of dcrf-client and of pages DO NOT RUN"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not (NODE / "node_modules").exists():
            install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(install, cwd=NODE, check=True, timeout=120, stdout=subprocess.DEVNULL)
    return node
