"""The contract files agree with each other, with their examples, and with the server."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.harness.contract import FILES, Contract, message_name
from tests.harness.server import Server

from .harvest import EXAMPLES, harvest

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.json"))
ASYNCAPI: dict[str, Any] = yaml.safe_load((FILES / "asyncapi.yaml").read_text())
MESSAGES = ASYNCAPI["components"]["messages"]


def example(name: str) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return frame


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return {ref for item in node for ref in references(item)}
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own | {ref for value in node.values() for ref in references(value)}
    return set()


def test_examples_are_one_of_each_message() -> None:
    assert set(NAMES) == set(MESSAGES)


@pytest.mark.parametrize("name", NAMES)
def test_example_is_what_the_contract_says(contract: Contract, name: str) -> None:
    frame = example(name)

    contract.judge_message(name, frame)

    if not name.endswith(".request") and name != "envelope":
        assert message_name(frame) == name


@pytest.mark.parametrize("name", NAMES)
def test_example_is_no_longer_one_without_its_action(contract: Contract, name: str) -> None:
    """The judge is awake: what lacks the first thing that it needs is refused."""
    frame = example(name)
    frame.pop("payload" if name == "envelope" else "action")

    with pytest.raises(AssertionError):
        contract.judge_message(name, frame)


def test_examples_are_what_the_server_says(
    make_server: Callable[..., Server], contract: Contract
) -> None:
    """When this fails and the change is meant: `python -m tests.contract.harvest`."""
    harvested = harvest(make_server(), contract, patient=False)

    kept = {name: example(name) for name in NAMES if name != "heartbeat"}
    assert {name: shape(frame) for name, frame in harvested.items()} == {
        name: shape(frame) for name, frame in kept.items()
    }


def shape(node: Any) -> Any:
    """The keys, and the types of what they hold: what was gathered when differs from run to run."""
    if isinstance(node, dict):
        return {key: shape(value) for key, value in node.items()}
    return type(node).__name__


def test_references_lead_somewhere() -> None:
    openapi = yaml.safe_load((FILES / "openapi.yaml").read_text())
    files = {"": ASYNCAPI, "./openapi.yaml": openapi}

    for reference in references(ASYNCAPI):
        file, pointer = reference.split("#")
        node = files[file]
        for part in pointer.strip("/").split("/"):
            assert part in node, reference
            node = node[part]


def test_schemas_are_schemas() -> None:
    for name, message in MESSAGES.items():
        Draft202012Validator.check_schema(message["payload"])
        assert message["summary"], name


def test_channel_and_operations_name_every_message() -> None:
    channel = ASYNCAPI["channels"]["room"]["messages"]
    used = references(ASYNCAPI["operations"])

    assert set(channel) == set(MESSAGES)
    assert {ref.rsplit("/", 1)[1] for ref in used if "/messages/" in ref} == set(MESSAGES)


def test_openapi_declares_the_paths_of_the_contract() -> None:
    declared = {
        (method.upper(), path.replace("{", "<").split("<")[0])
        for path, methods in yaml.safe_load((FILES / "openapi.yaml").read_text())["paths"].items()
        for method in methods
    }

    assert declared >= {
        ("POST", "/api/auth/register/"),
        ("POST", "/api/auth/token/"),
        ("POST", "/api/auth/token/refresh/"),
        ("POST", "/api/auth/token/verify/"),
        ("POST", "/api/auth/logout/"),
        ("GET", "/api/me/"),
        ("PATCH", "/api/me/"),
        ("GET", "/api/rooms/"),
        ("POST", "/api/rooms/"),
        ("POST", "/api/sync/"),
    }
