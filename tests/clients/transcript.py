"""What makes a transcript the same every time, and short enough to read."""

import json
import re
from typing import Any

WIDTH = 100
EXPIRY = "2026-11-20T09:35:00.000000Z"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
ROOM_ACTIONS = {"join_room", "leave_room", "create_message", "history", "typing"}
ROOM_ACTIONS |= {"subscribe_to_messages_in_room", "unsubscribe_from_messages_in_room", "retrieve"}


class Stable:
    """Replaces what differs from run to run; equal values stay equal."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix  # what makes names unique, not shown
        self._numbers: dict[tuple[str, int], int] = {}
        self._counts: dict[str, int] = {}
        self._times: dict[str, str] = {}

    def number(self, kind: str, pk: int) -> int:
        """Numbers objects of a kind 1, 2, 3 in the order in which they are first seen."""
        if (kind, pk) not in self._numbers:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._numbers[kind, pk] = self._counts[kind]
        return self._numbers[kind, pk]

    def time(self, value: str) -> str:
        if value not in self._times:
            self._times[value] = f"2026-11-20T09:30:{len(self._times):02}.000000Z"
        return self._times[value]

    def path(self, path: str) -> str:
        return re.sub(
            r"/rooms/(\d+)/", lambda hit: f"/rooms/{self.number('room', int(hit[1]))}/", path
        )

    def value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return self._object(value, key)
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str):
            if key in ("access", "refresh", "epoch", "password"):
                return f"<{key}>"
            if key == "token_expires_at":  # in whole seconds: two may be equal, or not
                return EXPIRY
            return self.time(value) if TIME.match(value) else value.replace(self._suffix, "")
        if key in ("room", "reply_to") and isinstance(value, int):
            return self.number("room" if key == "room" else "message", value)
        return value

    def _object(self, value: dict[str, Any], key: str) -> dict[str, Any]:
        if key == "heads":
            return {str(self.number("room", int(pk))): seq for pk, seq in value.items()}
        stable = {}
        for name, item in value.items():
            if name == "pk" and isinstance(item, int):
                stable[name] = self.number(kind_of(value), item)
            else:
                stable[name] = self.value(item, name)
        return stable


def kind_of(value: dict[str, Any]) -> str:
    """Says what the `pk` of an object or frame names."""
    if "username" in value:
        return "user"
    if "text" in value:
        return "message"
    if "event" in value:
        return "message" if value["event"].startswith("message.") else "room"
    if "member_count" in value or value.get("action") in ROOM_ACTIONS:
        return "room"
    if value.get("action") in ("update_message", "delete_message"):
        return "message"
    raise ValueError(f"a pk of what? {value}")


def readable(value: Any, column: int = 0) -> str:
    """JSON that begins at a column: on one line where it fits, else as many members as fit."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or column + len(line) <= WIDTH:
        return line
    inner = column + 1
    if isinstance(value, list):
        members = [("", item) for item in value]
    else:
        members = [(f"{json.dumps(name)}: ", item) for name, item in value.items()]
    text, at = line[0], inner
    for number, (name, item) in enumerate(members):
        short = name + json.dumps(item, ensure_ascii=False)
        if number and at + len(short) + 2 > WIDTH:
            text, at = f"{text}\n{' ' * inner}", inner
        elif number:
            text, at = text + " ", at + 1
        member = name + readable(item, at + len(name))
        member += line[-1] if number == len(members) - 1 else ","
        text += member
        at = at + len(member) if "\n" not in member else WIDTH  # what follows begins a line
    return text
