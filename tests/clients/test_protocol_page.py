"""docs/protocol.md says what the contract says."""

import re

import yaml

from backend.contract.errors import STATUS

from .conversation import PROTOCOL

ASYNCAPI = PROTOCOL.parents[1] / "openapi" / "asyncapi.yaml"


def _section(heading: str) -> str:
    return PROTOCOL.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_table_of_actions_names_all_of_them() -> None:
    messages = yaml.safe_load(ASYNCAPI.read_text())["components"]["messages"]
    actions = {name.removesuffix(".request") for name in messages if name.endswith(".request")}
    assert len(actions) > 10

    first_cells = re.findall(r"^\| ([^|]+) \|", _section("All actions"), re.MULTILINE)
    assert set(re.findall(r"`([a-z_]+)`", " ".join(first_cells))) == actions


def test_every_error_code_is_explained_with_its_status() -> None:
    lines = _section("Errors").splitlines()
    missing = {
        code: status
        for code, status in STATUS.items()
        if not any(f"`{code}`" in line and str(status) in line for line in lines)
    }
    assert missing == {}
