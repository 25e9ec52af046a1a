"""The contract files as judges: every answer and every frame that the tests see goes through here.

`openapi.yaml` judges REST by path, method and status; `asyncapi.yaml` judges frames by the name of
their message, which `message_name` finds. Shapes of the second are `$ref`s into the first.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

# Only a name, so that `./openapi.yaml` in one file finds the other.
_BASE = "file:///openapi/"
FILES = Path(__file__).resolve().parents[2] / "openapi"

# Not generated from anything: the one error shape, as the contract page has it.
ERRORS_SCHEMA = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "detail", "field"],
                "properties": {
                    "code": {"type": "string", "pattern": "^[a-z_]+$"},
                    "detail": {"type": "string", "minLength": 1},
                    "field": {"type": ["string", "null"]},
                    "retry_after_ms": {"type": "integer", "minimum": 0},
                },
            },
        }
    },
}
_STATUS_OF_CODE = {
    "invalid": 400,
    "unknown_action": 400,
    "malformed": 400,
    "not_authenticated": 401,
    "token_expired": 401,
    "forbidden": 403,
    "not_a_member": 403,
    "muted": 403,
    "banned": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "resync_required": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}
# About the API, not of it.
_PAGES = ("/api/schema/", "/api/docs/")
_UNASKED = {
    "hello",
    "bye",
    "heartbeat",
    "token_expiring",
    "presence",
    "subscription.ended",
    "inbox",
    "inbox.joined",
    "inbox.left",
}


class Breach(AssertionError):
    """Something that the server sent is not what the contract says."""


def message_name(frame: dict[str, Any]) -> str:
    """The name in asyncapi.yaml of a frame from the server."""
    action = frame.get("action")
    if action in _UNASKED:
        return str(action)
    if "event" in frame:
        return "event"
    if frame.get("errors"):
        return "error"
    # A room that is watched announces itself with the words of a reply, but names the room.
    if action in ("update", "delete") and frame.get("room") is not None:
        return f"instance.{action}"
    if action == "typing" and "response_status" not in frame:
        return "typing"
    return f"{action}.reply"


class Contract:
    """Without the files it judges only what stands in this module."""

    def __init__(self, openapi: dict[str, Any] | None, asyncapi: dict[str, Any] | None) -> None:
        self.openapi, self.asyncapi = openapi, asyncapi
        files = {"openapi.yaml": openapi, "asyncapi.yaml": asyncapi}
        self._registry: Registry[Any] = Registry().with_resources(
            (_BASE + name, DRAFT202012.create_resource(plain_schema(file)))
            for name, file in files.items()
            if file
        )
        self._validators: dict[str, Draft202012Validator] = {}
        self._errors = Draft202012Validator(ERRORS_SCHEMA)

    @classmethod
    def from_files(cls) -> "Contract":
        def read(name: str) -> dict[str, Any] | None:
            path = FILES / name
            return yaml.load(path.read_text(), _Loader) if path.exists() else None  # noqa: S506

        return cls(read("openapi.yaml"), read("asyncapi.yaml"))

    # -- REST --------------------------------------------------------------------------------

    def check_response(self, response: httpx.Response) -> None:
        path, method = response.request.url.path, response.request.method.lower()
        if not path.startswith("/api/") or method in ("head", "options"):
            return
        if path in _PAGES and response.status_code == 200:
            return
        status = response.status_code
        if status >= 500:
            raise Breach(f"{method} {path}: {status} {response.text[:500]}")
        if status >= 400:
            self._check_errors(status, response)
        operation, template = self._operation(method, path)
        if operation is None:
            if self.openapi and status < 400:
                raise Breach(f"{method} {path}: answered {status}, but openapi.yaml has no such")
            return
        declared = operation["responses"]
        if str(status) not in declared:
            if status in (404, 405, 413, 415):  # of every path, or of a method that is not there
                return
            raise Breach(f"{method} {template}: {status} is not declared in openapi.yaml")
        content = declared[str(status)].get("content", {})
        if not content:
            if response.content:
                raise Breach(f"{method} {template}: {status} should have no body")
        elif "application/json" in content:
            where = f"#/paths/{_escaped(template)}/{method}/responses/{status}"
            pointer = f"{where}/content/{_escaped('application/json')}/schema"
            self._judge(
                f"{_BASE}openapi.yaml{pointer}", response.json(), f"{method} {path} {status}"
            )

    def _check_errors(self, status: int, response: httpx.Response) -> None:
        what = f"{response.request.method} {response.request.url.path} {status}"
        try:
            body = response.json()
        except ValueError:
            raise Breach(f"{what}: no JSON: {response.text[:200]}") from None
        _complain(self._errors, body, what)
        _check_code(body["errors"], status, what)
        if any("retry_after_ms" in error for error in body["errors"]):
            assert "retry-after" in response.headers, what

    def _operation(self, method: str, path: str) -> tuple[dict[str, Any] | None, str]:
        for pattern, template, methods in self._paths:
            if pattern.fullmatch(path) and method in methods:
                return methods[method], template
        return None, ""

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
        paths = (self.openapi or {}).get("paths", {})
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", t)), t, m) for t, m in paths.items()]

    # -- frames ------------------------------------------------------------------------------

    def check_frame(self, frame: dict[str, Any]) -> None:
        """A frame from the server, out of its envelope."""
        name = message_name(frame)
        if frame.get("errors"):
            _complain(self._errors, frame, name)
            _check_code(frame["errors"], frame["response_status"], name)
        self.judge_message(name, frame)

    def check_sent(self, frame: dict[str, Any]) -> None:
        """A frame from a client, which the server took."""
        self.judge_message(f"{frame['action']}.request", frame)

    def judge_message(self, name: str, frame: dict[str, Any]) -> None:
        if not self.asyncapi:
            return
        if name not in self.asyncapi["components"]["messages"]:
            raise Breach(f"asyncapi.yaml has no message {name!r} for {frame}")
        pointer = f"{_BASE}asyncapi.yaml#/components/messages/{_escaped(name)}/payload"
        self._judge(pointer, frame, name)

    def _judge(self, pointer: str, value: Any, what: str) -> None:
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator(
                {"$ref": pointer}, registry=self._registry
            )
        _complain(self._validators[pointer], value, what)


class _Loader(yaml.CSafeLoader):
    """Reads times as texts, as JSON does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def plain_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, where JSON Schema says that null is one of the types."""
    if isinstance(node, list):
        return [plain_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: plain_schema(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _complain(validator: Draft202012Validator, value: Any, what: str) -> None:
    for error in validator.iter_errors(value):
        raise Breach(f"{what}: {error.json_path}: {error.message[:600]}")


def _check_code(errors: list[dict[str, Any]], status: int, what: str) -> None:
    for error in errors:
        expected = _STATUS_OF_CODE.get(error["code"])
        if expected != status:
            raise Breach(f"{what}: code {error['code']!r} came with {status}, not {expected}")
