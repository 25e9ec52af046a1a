"""Who and what is on the servers of the browser's tests."""

import subprocess
from typing import Any

import httpx

from tests.harness.contract import Contract
from tests.harness.people import Client, Person, unique
from tests.harness.server import ROOT, Server
from tests.harness.tokens import forged, in_seconds

DEMO_ROOM = "Engineering"
DEMO_PASSWORD = "parley-demo"


class Cast:
    """Alice and Bob, who play in all the scenes, since hashing a password is slow on purpose."""

    def __init__(self, server: Server, contract: Contract) -> None:
        self.alice, self.bob = (Person(server, contract, name) for name in ("alice", "bob"))
        for person in (self.alice, self.bob):
            # Pages renew their tokens; here one lasts the whole run.
            token = forged(person.access, exp=in_seconds(3600))
            person.api = Client(server, contract, token)


class Scene:
    """A room of Alice's and Bob's alone. `settings` is what a scenario is told."""

    def __init__(self, cast: Cast) -> None:
        self.alice, self.bob = cast.alice, cast.bob
        self.name = unique("tea room")
        self.pk: int = self.alice.makes_room(name=self.name, kind="private")["pk"]
        added = self.alice.api.post(
            f"/api/rooms/{self.pk}/members/", json={"username": self.bob.username}
        )
        assert added.status_code in (200, 201), added.text
        self.settings: dict[str, Any] = {
            "alice": login(self.alice),
            "bob": login(self.bob),
            "room": self.name,
        }

    def stored(self) -> list[str]:
        """The texts that the server has, from the oldest."""
        page = self.alice.gets(f"/api/rooms/{self.pk}/messages/", params={"limit": 200})
        return [message["text"] for message in page["results"]]


def login(person: Person) -> dict[str, str]:
    return {"username": person.username, "password": person.password}


def demo_login(name: str) -> dict[str, str]:
    return {"username": name, "password": DEMO_PASSWORD}


def furnish(server: Server) -> None:
    """The demo's people and rooms; Alice has read most of it, and Engineering is busy."""
    subprocess.run(
        server._command("demo", "--messages", "300"),
        env=server._env,
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    alice, bob, dana, emre = (_client(server, n) for n in ("alice", "bob", "dana", "emre"))
    rooms = {room["name"]: room["pk"] for room in _ok(alice.get("/api/rooms/?page_size=50"))}
    # Pictures show it, and not every machine has a font for its name.
    music = {"name": "Music", "topic": "One song a day"}
    dana.patch(f"/api/rooms/{rooms['音楽']}/", json=music).raise_for_status()
    for pk in rooms.values():
        for client in (alice, bob, dana, emre):
            client.post(f"/api/rooms/{pk}/join/").raise_for_status()
    _talk(rooms[DEMO_ROOM], alice, bob, dana, emre)
    for pk in rooms.values():
        head = alice.get(f"/api/rooms/{pk}/").json()["last_seq"]
        alice.post(f"/api/rooms/{pk}/read/", json={"seq": head}).raise_for_status()
    _post(dana, rooms["Design"], "New icons are in the shared folder")
    _post(dana, rooms["Design"], "@alice, which of the two blues do you prefer?")
    _post(emre, rooms["Kitchen"], "There is cake")
    direct = bob.post("/api/direct/", json={"username": "alice"})
    direct.raise_for_status()
    _post(bob, direct.json()["pk"], "Lunch at half past twelve?")


def _talk(room: int, *clients: httpx.Client) -> None:
    alice, bob, dana, emre = clients
    _post(dana, room, "The nightly import took 40 minutes again. Did anything change on Tuesday?")
    asked = _post(bob, room, "Yes: it counts every room once per member. This is the query:")
    _post(bob, room, "```\nSELECT room_id, count(*)\nFROM message\nGROUP BY room_id;\n```")
    found = _post(alice, room, "An index on `(room_id, seq)` brings it down to 3 seconds.")
    _post(emre, room, "Measured it on the copy: 2.8 s instead of 41 min", reply_to=found)
    _post(dana, room, "@alice @bob lovely, let us ship it with the next release")
    for client, message, emoji in (
        (bob, found, "🎉"),
        (dana, found, "🎉"),
        (emre, found, "👍"),
        (alice, asked, "👀"),
    ):
        client.put(f"/api/messages/{message}/reactions/{emoji}/").raise_for_status()


def _post(client: httpx.Client, room: int, text: str, **fields: Any) -> int:
    answer = client.post(f"/api/rooms/{room}/messages/", json={"text": text, **fields})
    answer.raise_for_status()
    pk: int = answer.json()["pk"]
    return pk


def _client(server: Server, name: str) -> httpx.Client:
    client = httpx.Client(base_url=server.url, trust_env=False, timeout=20)
    answer = client.post("/api/auth/token/", json=demo_login(name))
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access']}"
    return client


def _ok(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()["results"]
