"""What the generator is asked to do, as it comes on its standard input."""

from typing import Any

import msgspec

from .dialects import DIALECTS, Dialect
from .meter import Meter


class TaskRoom(msgspec.Struct):
    pk: int
    members: list[int]


class Task(msgspec.Struct):
    """`members` of rooms are positions in `tokens`."""

    workload: str
    server: str
    port: int
    server_pids: list[int]
    store_pids: list[int]
    tokens: list[str]
    rooms: list[TaskRoom]
    options: dict[str, Any]

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.server]

    def token(self, person: int) -> str:
        return self.tokens[person] if self.tokens else ""

    def meter(self) -> Meter:
        return Meter(self.server_pids, self.store_pids)
