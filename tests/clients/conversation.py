"""The conversation of the DCRF chat tutorial between two terminals, as a transcript.

`python -m tests.clients.conversation` prints it, `--write` renews it in docs/protocol.md;
`--url http://host:port` takes a server that runs instead of one started for the purpose.
"""

import argparse
import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.clients.transcript import Stable, readable
from tests.harness.server import Server
from tests.harness.stack import Embedded

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
BEGIN, END = "<!-- conversation: begin -->", "<!-- conversation: end -->"
PATIENCE = 5.0
PASSWORD = secrets.token_urlsafe(16)
Frame = dict[str, Any]


class Transcript:
    """Collects the lines of all terminals."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.suffix = "-" + secrets.token_hex(4)
        self.stable = Stable(self.suffix)
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines += ["", f"# {text}"] if self.lines else [f"# {text}"]

    def line(self, who: str, sign: str, text: str, value: Any = None) -> None:
        head = f"{who:5} {sign} {text}"
        if value is not None:
            head += readable(self.stable.value(value), column=8 + len(text))
        self.lines.append(head.rstrip())


class Terminal:
    """One person with a REST client and a WebSocket, both as plain as they come."""

    def __init__(self, name: str, transcript: Transcript) -> None:
        self.name = name
        self.username = name + transcript.suffix
        self.transcript = transcript
        self.token: str | None = None
        self.socket: ClientConnection
        self._asked = 0

    async def rest(
        self, method: str, path: str, body: Frame | None = None, show: bool = True
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with httpx.AsyncClient(base_url=self.transcript.url, trust_env=False) as api:
            answer = await api.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        if show:
            path = self.transcript.stable.path(path) + (" " if body else "")
            self.transcript.line(self.name, "$", f"{method} {path}", body)
            self.transcript.line("", " ", f"{answer.status_code} ", answer.json())
        return answer.json()

    async def open(self) -> None:
        shown = f"{self.transcript.url}/ws/chat/room/?token=".replace("http", "ws", 1)
        self.socket = await connect(shown + (self.token or ""), proxy=None)
        self.transcript.line(self.name, "$", "connect /ws/chat/room/?token=<access>")
        await hears(self, action("hello"))

    async def say(self, **frame: Any) -> None:
        """Sends a frame; the reply is among what the terminals hear next."""
        self._asked += 1
        frame = {"action": frame.pop("action"), "request_id": self._asked, **frame}
        self.transcript.line(self.name, ">", "", frame)
        await self.socket.send(json.dumps(frame))

    async def receive(self) -> Frame:
        while True:
            frame: Frame = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if frame["action"] != "heartbeat":
                return frame

    async def nothing_more(self) -> None:
        """Every frame up to here has been shown: the next one is the answer to a ping."""
        await self.socket.send('{"action": "ping", "request_id": "last"}')
        frame = await self.receive()
        assert frame["request_id"] == "last", f"{self.name} also heard {frame}"


def action(name: str, **fields: Any) -> Callable[[Frame], bool]:
    expected = {"action": name, **fields}
    return lambda frame: all(frame.get(key) == value for key, value in expected.items())


async def hears(terminal: Terminal, *expected: Callable[[Frame], bool]) -> list[Frame]:
    """Waits for exactly these frames and shows them in the order in which they are listed.

    A reply and the event of the same message may come either way round, so may presence.
    """
    frames = [await terminal.receive() for _ in expected]
    found = []
    for matches in expected:
        frame = next((frame for frame in frames if matches(frame)), None)
        assert frame is not None, f"{terminal.name} heard something else: {frames}"
        frames.remove(frame)
        terminal.transcript.line(terminal.name, "<", "", frame)
        found.append(frame)
    return found


async def delivered(sender: Terminal, *others: Terminal) -> None:
    """The sender hears the reply and the event, the other subscribers the event."""
    event = action("create", event="message.created")
    await hears(sender, action("create_message", response_status=201), event)
    for other in others:
        await hears(other, event)


async def converse(url: str) -> str:
    """Holds the conversation and returns its transcript."""
    transcript = Transcript(url)
    alice, bob = Terminal("alice", transcript), Terminal("bob", transcript)
    note = transcript.note

    note("Alice and Bob have accounts. Alice logs in, makes a room and connects.")
    for person in (alice, bob):
        login = {"username": person.username, "password": PASSWORD}
        await person.rest("POST", "/api/auth/register/", login, show=False)
        answer = await person.rest("POST", "/api/auth/token/", login, show=person is alice)
        person.token = answer["access"]
    name = f"Lobby{transcript.suffix}"
    lobby = (await alice.rest("POST", "/api/rooms/", {"name": name}))["pk"]
    await alice.open()

    note("She joins, which makes her present, and subscribes to what happens in the room.")
    await alice.say(action="join_room", pk=lobby)
    await hears(alice, action("join_room"), action("presence"))
    await alice.say(action="subscribe_to_messages_in_room", pk=lobby)
    await hears(alice, action("subscribe_to_messages_in_room"))

    note("Bob has logged in too. He joins by name; Alice sees him come.")
    await bob.open()
    await bob.say(action="join_room", name=name)
    await hears(bob, action("join_room"), action("presence"))
    await hears(alice, action("member.joined"), action("presence"))
    await bob.say(action="subscribe_to_messages_in_room", pk=lobby)
    await hears(bob, action("subscribe_to_messages_in_room"))

    note("They talk. Without pk a message goes to the room last joined on the socket.")
    await alice.say(action="create_message", message="Hello Bob!", client_id="a-1")
    await delivered(alice, bob)
    await bob.say(action="create_message", message="Hello Alice!", pk=lobby)
    await delivered(bob, alice)

    note("Alice did not see the reply, and sends again: the same message, no second event.")
    await alice.say(action="create_message", message="Hello Bob!", client_id="a-1")
    await hears(alice, action("create_message", response_status=200))

    note("Who is here?")
    await bob.rest("GET", f"/api/rooms/{lobby}/online/")

    note("A second room on the same sockets. The number of a room tells its events apart.")
    await alice.say(action="create", data={"name": f"Garden{transcript.suffix}"})
    [reply] = await hears(alice, action("create"))
    garden = reply["data"]["pk"]
    await alice.say(action="subscribe_to_messages_in_room", pk=garden)
    await hears(alice, action("subscribe_to_messages_in_room"))
    await bob.say(action="join_room", pk=garden)
    await hears(bob, action("join_room"), action("presence"))
    await hears(alice, action("member.joined"))
    await alice.say(action="create_message", message="Nice roses.", pk=garden)
    await delivered(alice)
    await alice.say(action="create_message", message="Still there?", pk=lobby)
    await delivered(alice, bob)

    note("Bob leaves the lobby: membership, presence and subscription end together.")
    await bob.say(action="leave_room", pk=lobby)
    await hears(bob, action("subscription.ended"), action("leave_room"))
    await hears(alice, action("member.left"), action("presence"))
    await alice.say(action="create_message", message="He is gone.", pk=lobby)
    await delivered(alice)

    note("Bob heard nothing of it, but the room is public: its history is there for him.")
    await bob.rest("GET", f"/api/rooms/{lobby}/messages/?limit=2")

    for person in (alice, bob):
        await person.nothing_more()
        await person.socket.close()
    return "\n".join(transcript.lines) + "\n"


def documented(page: str) -> str:
    """The transcript as it stands in the documentation."""
    return page.partition(f"{BEGIN}\n```text\n")[2].partition(f"```\n{END}")[0]


def renewed(page: str, transcript: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n```text\n{transcript}```\n{END}{after}"


def converse_alone() -> str:
    """The same with a server and a database of its own."""
    stack = Embedded()
    log = stack.directory / "server.log"
    server = Server(database_url=stack.migrated_database(), redis_url="", log=log)
    try:
        server.start()
        return asyncio.run(converse(server.url))
    finally:
        server.stop()
        stack.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew docs/protocol.md")
    parser.add_argument("--url", help="of a server that runs, http://127.0.0.1:8000")
    options = parser.parse_args()
    transcript = asyncio.run(converse(options.url)) if options.url else converse_alone()
    if options.write:
        PROTOCOL.write_text(renewed(PROTOCOL.read_text(), transcript))
    else:
        print(transcript, end="")


if __name__ == "__main__":
    main()
