"""Starts the one browser of a run, and has scenarios of node/ played in it."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.server import ROOT

NODE = Path(__file__).parent / "node"
PAGE = ROOT / "frontend" / "dist" / "index.html"


class Browser:
    """A running `driver.mjs`."""

    def __init__(self, node: str, chromium: str) -> None:
        self._process = subprocess.Popen(
            [node, str(NODE / "driver.mjs"), chromium],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hears()

    def play(
        self, scenario: str, turns: dict[str, Callable[[], None]] | None = None, **settings: Any
    ) -> Any:
        """What a scenario saw; `turns` is what happens outside while it waits for it.

        Whatever the scenario is about, no console may complain.
        """
        results = str(ROOT / "test-results")
        self._tell({"scenario": scenario, "results": results, **settings})
        while "turn" in (heard := self._hears()):
            (turns or {})[heard["turn"]]()
            self._tell({})
        if "failed" in heard:
            pytest.fail(heard["failed"], pytrace=False)
        assert heard["problems"] == []
        return heard["result"]

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _tell(self, what: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _hears(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"failed": "the browser's driver has ended"}


def start() -> Browser:
    """A browser, or a loud skip (under CI a failure) when something that it needs is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    missing = [
        *([] if node and npm else ["Node is not installed"]),
        *([] if chromium else ["Chromium is not installed"]),
        *([] if PAGE.exists() else ["the page is not built (npm run build in frontend/)"]),
    ]
    if not (node and npm and chromium) or missing:
        message = f"TESTS IN THE BROWSER DO NOT RUN: {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not (NODE / "node_modules").exists():
            install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(install, cwd=NODE, check=True, timeout=120, stdout=subprocess.DEVNULL)
    return Browser(node, chromium)
