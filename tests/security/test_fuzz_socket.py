"""Generated frames at one open socket: each is answered once, and a `ping` behind it too.

`FRAMES=20000 SEED=1` for a long run. Let `backend.realtime.receiving` answer only a `BadFrame` and
no other exception, and the first odd value ends the socket and turns this red.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, Verbosity
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.harness.contract import Contract
from tests.harness.people import People, Person, unique
from tests.harness.server import Server
from tests.harness.sockets import dial, is_reply

from .frames import filled, frames

FRAMES = int(os.environ.get("FRAMES", "300"))
MALFORMED_MOST = 9  # the tenth within a minute ends the socket, as the contract says
LARGEST = 64 * 1024  # what is longer ends the socket with 1009; tests/realtime/test_closing.py
SOCKET_FRAMES = 400  # then a fresh one, so that its subscriptions do not only grow


class Target:
    """A person's socket and rooms, made anew whenever the frames have used them up."""

    def __init__(self, server: Server, contract: Contract, person: Person, other: Person) -> None:
        self.server, self.contract, self.person, self.other = server, contract, person, other
        self.sent = self.sockets = self.malformed = 0
        self.statuses: dict[int, int] = {}
        self.ws: ClientConnection | None = None
        foreign = other.makes_room(kind="private")["pk"]
        self.values: dict[str, Any] = {
            "$token": person.access,
            "$foreign_token": other.access,
            "$foreign": foreign,
            "$foreign_message": other.posts(foreign)["pk"],
        }
        self.make_rooms()

    def make_rooms(self) -> None:
        self.values["$public"] = self.person.makes_room()["pk"]
        self.values["$private"] = self.person.makes_room(kind="private")["pk"]
        self.values["$message"] = self.person.posts(self.values["$public"])["pk"]

    def fresh_socket(self) -> ClientConnection:
        if self.ws is not None:
            self.ws.close()
        self.sockets, self.malformed = self.sockets + 1, 0
        self.ws = dial(self.server.socket_url, [("token", self.person.access)])
        assert json.loads(self.ws.recv(5))["action"] == "hello"
        return self.ws

    def try_frame(self, generated: Any) -> None:
        if isinstance(generated, str):  # whatever it is, it goes as it stands
            text = generated.encode(errors="replace").decode()
        else:
            text = json.dumps(filled(generated, self.values))
        if len(text.encode()) > LARGEST:
            return
        used_up = self.malformed >= MALFORMED_MOST or self.sent % SOCKET_FRAMES == 0
        ws = self.fresh_socket() if self.ws is None or used_up else self.ws
        self.sent += 1
        ping = f"ping-{unique('')}"
        ws.send(text)
        ws.send(json.dumps({"action": "ping", "request_id": ping}))
        (reply,) = list(self.replies(ws, ping))
        status = reply["response_status"]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        assert status < 500, reply
        if reply["errors"] and reply["errors"][0]["code"] == "malformed":
            self.malformed += 1
        if (reply["action"], status) == ("delete", 204) or self.sent % 1000 == 0:
            self.make_rooms()

    def replies(self, ws: ClientConnection, ping: str) -> Iterator[dict[str, Any]]:
        """What answers before the ping's own answer, each held against the contract."""
        while True:
            frame = json.loads(ws.recv(10))
            if set(frame) == {"stream", "payload"}:
                frame = frame["payload"]
            if frame.get("errors"):  # whatever name the frame had for its action
                self.contract.judge_message("error", frame)
            else:
                self.contract.check_frame(frame)
            if frame.get("request_id") == ping:
                assert frame["response_status"] == 200, frame
                return
            if is_reply(frame):
                yield frame


@contextmanager
def no_socket_ends() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as closed:
        raise AssertionError(f"the socket was closed: {closed}") from closed


@pytest.mark.timeout(60 + FRAMES // 5)
def test_generated_frames_are_answered_and_end_no_socket(
    server: Server, contract: Contract, people: People, seed: int
) -> None:
    target = Target(server, contract, people.new("fuzz"), people.alice)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=FRAMES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    @hypothesis.given(frames)
    def each(generated: Any) -> None:
        try:
            with no_socket_ends():
                target.try_frame(generated)
        except Exception:
            print("failing frame:", ascii(generated)[:1500])
            target.ws = None
            raise

    each()

    print(f"{target.sent} frames on {target.sockets} sockets: {sorted(target.statuses.items())}")
    assert target.sent >= FRAMES * 0.9
    assert len(target.statuses) > 3  # neither all refused nor all taken
