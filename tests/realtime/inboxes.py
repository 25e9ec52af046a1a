"""What the tests of the inbox share: opening one, and waiting for what it says."""

import time
from typing import Any

from tests.harness.sockets import Frame, Socket, ok


def open_inbox(socket: Socket, request_id: Any = "in") -> dict[int, dict[str, Any]]:
    data = ok(socket.request("subscribe_to_inbox", request_id=request_id), 201)
    return {entry["pk"]: entry for entry in data["rooms"]}


def hears(socket: Socket, room: int, seconds: float = 4, **wanted: int) -> Frame:
    """The next `inbox` frame of the room that says this; earlier ones may be gathered or not."""
    deadline = time.monotonic() + seconds
    frame: Frame = {"data": None}
    while (left := deadline - time.monotonic()) > 0:
        frame = socket.event(action="inbox", room=room, timeout=left)
        if wanted.items() <= frame["data"].items():
            return frame
    raise AssertionError(f"never heard {wanted}, last was {frame['data']}")


def quiet(socket: Socket, seconds: float = 2.5) -> list[Frame]:
    return [f for f in socket.settle(seconds) if f["action"].startswith("inbox")]
