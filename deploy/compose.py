"""docker-compose.yml, read as far as running the same without containers needs it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class Service:
    """Its command and its environment, with the variables of `docker compose` filled in."""

    def __init__(self, name: str, variables: Mapping[str, str]) -> None:
        found = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name]
        self.command = [_filled(part, variables) for part in found.get("command", [])]
        # Without a value it is handed on, where it is set.
        self.environment = {
            key: variables[key] if value is None else _filled(value, variables)
            for key, value in found.get("environment", {}).items()
            if value is not None or key in variables
        }


def _filled(text: Any, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if not given and match["kind"] == "?":
            raise KeyError(f"{match['name']}: {match['rest']}")
        return given or (match["rest"] if match["kind"] == "-" else "")

    return _VARIABLE.sub(value, str(text))
