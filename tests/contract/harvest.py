"""One example of every message of the socket, from a conversation with a real server.

`python -m tests.contract.harvest` writes them to openapi/examples/. What differs from run to run
(times, the epoch) is put in one form, so that the files only change when the contract does.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from tests.harness.contract import FILES, Contract, message_name
from tests.harness.people import Client
from tests.harness.server import Server
from tests.harness.sockets import Frame, Socket
from tests.harness.stack import Embedded
from tests.harness.tokens import forged, in_seconds

EXAMPLES = FILES / "examples"
_TOKEN = re.compile(r"eyJ[\w.-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_PASSWORD = "correct-horse-battery"  # of accounts that live for a minute


class Harvest:
    """Collects the first frame of each name, sent or received."""

    def __init__(self) -> None:
        self.frames: dict[str, Frame] = {}
        self._epoch = ""

    def keep(self, name: str, frame: Frame) -> None:
        if name == "hello":
            self._epoch = frame["data"]["epoch"]
        if name not in self.frames:
            text = json.dumps(frame, ensure_ascii=False).replace(self._epoch or "\0", "3f2a")
            text = _TOKEN.sub("an.access.token", text)
            self.frames[name] = json.loads(_TIME.sub("2026-11-20T09:30:00.123456Z", text))


class Speaker:
    """A socket whose requests and answers are kept as examples."""

    def __init__(self, harvest: Harvest, socket: Socket) -> None:
        self.harvest, self.socket = harvest, socket
        self.seen = 0
        self.collect()

    def asks(self, action: str, /, **fields: Any) -> Any:
        request_id = self.socket.next_id()
        reply = self.socket.request(action, request_id=request_id, **fields)
        if reply["response_status"] < 400:
            self.harvest.keep(
                f"{action}.request", {"action": action, "request_id": request_id, **fields}
            )
        self.collect()
        return reply["data"]

    def hears(self, **match: Any) -> None:
        self.socket.event(timeout=30, **match)
        self.collect()

    def collect(self) -> None:
        for frame in self.socket.journal[self.seen :]:
            self.harvest.keep(message_name(frame), frame)
        self.seen = len(self.socket.journal)


def harvest(server: Server, contract: Contract, *, patient: bool) -> dict[str, Frame]:
    """Talk to a server with an empty database; the examples by name. Heartbeats need patience."""
    found = Harvest()
    guest = Client(server, contract)

    def login(name: str) -> str:
        account = {"username": name, "password": _PASSWORD}
        guest.post("/api/auth/register/", json={**account, "display_name": name.title()})
        return str(guest.post("/api/auth/token/", json=account).json()["access"])

    def speaker(name: str, token: str = "", **options: Any) -> Speaker:
        query = [("token", token or login(name))]
        return Speaker(found, Socket(server.socket_url, query, contract=contract, **options))

    alice, bob = speaker("alice"), speaker("bob")
    room = alice.asks("create", data={"name": "Garden", "topic": "Roses"})["pk"]
    alice.asks("join_room", pk=room)
    alice.asks("subscribe_instance", pk=room)
    bob.asks("subscribe_to_messages_in_room", pk=room, after_seq=1)
    alice.asks("subscribe_to_messages_in_room", pk=room)
    bob.asks("join_room", name="garden")
    alice.hears(action="presence")
    bob.asks("typing", pk=room, typing=True)
    alice.hears(action="typing")
    first = alice.asks("create_message", pk=room, message="Hello, Bob.", client_id="a1")["pk"]
    bob.hears(event="message.created")
    alice.asks("update_message", pk=first, message="Hello, Bob!", version=1)
    alice.asks("history", pk=room, limit=10)
    bob.asks("add_reaction", pk=first, emoji="👋")
    bob.asks("remove_reaction", pk=first, emoji="👋")
    bob.asks("mark_read", pk=room, seq=first)
    alice.asks("delete_message", pk=first)
    alice.asks("sync", rooms={str(room): 3})
    alice.asks("ping")
    alice.asks("list", data={"search": "gard"})
    alice.asks("retrieve", pk=room)
    alice.asks("patch", pk=room, data={"topic": "Tulips"})
    alice.hears(action="update", room=room)
    alice.asks("update", pk=room, data={"name": "Orchard", "topic": ""})
    bob.asks("retrieve", pk=999)  # error
    bob.asks("leave_room", pk=room)
    bob.hears(action="subscription.ended")
    alice.asks("unsubscribe_from_messages_in_room", pk=room)
    bob.asks("subscribe_instance", pk=room)
    alice.asks("unsubscribe_instance", pk=room)
    alice.asks("delete", pk=room)
    bob.hears(action="delete", event=None)
    bob.asks("subscribe_to_inbox")
    shared = alice.asks("create", data={"name": "Porch"})["pk"]
    bob.asks("join_room", pk=shared)
    bob.hears(action="inbox.joined")
    alice.asks("create_message", pk=shared, message="Come out!")
    bob.hears(action="inbox")
    bob.asks("leave_room", pk=shared)
    bob.hears(action="inbox.left")
    bob.asks("unsubscribe_from_inbox")
    token = login("dave")
    dave = speaker("dave", forged(token, exp=in_seconds(30)))
    dave.hears(action="token_expiring")
    dave.asks("authenticate", token=token)
    wrapped = speaker("carol", stream="room")
    shed = wrapped.asks("create", data={"name": "Shed"})["pk"]
    wrapped.asks("subscribe_to_messages_in_room", pk=shed)
    found.keep("envelope", {"stream": "room", "payload": found.frames["ping.request"]})
    if patient:
        wrapped.hears(action="heartbeat")
    found.keep("bye", Socket(server.socket_url, contract=contract).journal[0])
    for one in (alice, bob, dave, wrapped):
        one.socket.close()
    return dict(sorted(found.frames.items()))


def write(frames: dict[str, Frame], directory: Path = EXAMPLES) -> None:
    directory.mkdir(exist_ok=True)
    for old in directory.glob("*.json"):
        old.unlink()
    for name, frame in frames.items():
        text = json.dumps(frame, ensure_ascii=False, indent=2)
        (directory / f"{name}.json").write_text(text + "\n")


def main() -> None:
    stack = Embedded()
    server = Server(
        database_url=stack.migrated_database(),
        redis_url="",
        log=Path(tempfile.mkstemp(prefix="parley-harvest-", suffix=".log")[1]),
    )
    try:
        server.start()
        frames = harvest(server, Contract.from_files(), patient=True)
        write(frames)
        print(f"{len(frames)} examples are in {EXAMPLES}")
    finally:
        server.stop()
        stack.stop()


if __name__ == "__main__":
    main()
