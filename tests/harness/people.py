"""People who use the server: accounts with a REST client of their own."""

import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import httpx

from .contract import Contract


class Address(Protocol):
    """Where people go: a server, or a whole stack."""

    url: str
    socket_url: str
    port: int
    # Its stores are: then "unavailable" is a proper answer, and clients ask again.
    is_broken_on_purpose: bool


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def canary(prefix: str = "text") -> str:
    """A text that must never be seen in a log."""
    return unique(f"canary-{prefix}")


class Client(httpx.Client):
    """Talks REST, and holds every answer against the contract."""

    def __init__(self, server: Address, contract: Contract, token: str | None = None) -> None:
        def check(response: httpx.Response) -> None:
            response.read()
            if not (server.is_broken_on_purpose and response.status_code == 503):
                contract.check_response(response)

        super().__init__(
            base_url=server.url,
            timeout=35,
            trust_env=False,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            event_hooks={"response": [check]},
        )
        self._server = server

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """While a server's stores are broken on purpose, it may say that it will be back."""
        answer = super().send(request, **options)
        tries = 0
        while self._server.is_broken_on_purpose and answer.status_code == 503 and tries < 20:
            time.sleep(1)
            tries += 1
            answer = super().send(request, **options)
        return answer


class Person:
    """An account that is logged in. `api` is its REST client."""

    def __init__(self, server: Address, contract: Contract, name: str) -> None:
        self.server, self.contract = server, contract
        self.username = unique(name)
        self.password = canary("password")
        self.guest = Client(server, contract)
        body = {"username": self.username, "password": self.password}
        registered = self.guest.post("/api/auth/register/", json=body)
        assert registered.status_code == 201, registered.text
        self.user: dict[str, Any] = registered.json()
        self.pk: int = self.user["pk"]
        self.login()

    def login(self) -> dict[str, str]:
        """A new session; `access`, `refresh` and `api` are now of this one."""
        body = {"username": self.username, "password": self.password}
        answer = self.guest.post("/api/auth/token/", json=body)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        self.access, self.refresh = tokens["access"], tokens["refresh"]
        self.api = Client(self.server, self.contract, self.access)
        return tokens

    # -- what most tests do before they come to their point ----------------------------------

    def makes_room(self, **fields: Any) -> dict[str, Any]:
        answer = self.api.post("/api/rooms/", json={"name": unique("room"), **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def joins(self, room: int) -> dict[str, Any]:
        answer = self.api.post(f"/api/rooms/{room}/join/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def leaves(self, room: int) -> None:
        answer = self.api.post(f"/api/rooms/{room}/leave/")
        assert answer.status_code == 204, answer.text

    def posts(self, room: int, text: str | None = None, **fields: Any) -> dict[str, Any]:
        body = {"text": text or canary(), **fields}
        answer = self.api.post(f"/api/rooms/{room}/messages/", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def sees_room(self, room: int) -> dict[str, Any]:
        return self.gets(f"/api/rooms/{room}/")

    def log(self, room: int, after_seq: int = 0) -> list[dict[str, Any]]:
        """All events of a room after a seq, page by page."""
        events: list[dict[str, Any]] = []
        while True:
            query = {"after_seq": after_seq, "limit": 1000}
            page = self.gets(f"/api/rooms/{room}/events/", params=query)
            events += page["results"]
            if page["complete"]:
                return events
            after_seq = events[-1]["seq"]

    def gets(self, path: str, **options: Any) -> Any:
        answer = self.api.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


class People:
    """Alice owns, Bob is a member, Charlie is outside. Accounts are made when first named.

    Hashing a password is slow on purpose, so these three are shared by all tests of a run; a test
    that ends sessions, or that counts all the rooms of somebody, asks for somebody `new`.
    """

    def __init__(self, make: Callable[[str], Person]) -> None:
        self.new = make
        self._made: dict[str, Person] = {}

    def _one(self, name: str) -> Person:
        if name not in self._made:
            self._made[name] = self.new(name)
        return self._made[name]

    @property
    def alice(self) -> Person:
        return self._one("alice")

    @property
    def bob(self) -> Person:
        return self._one("bob")

    @property
    def charlie(self) -> Person:
        return self._one("charlie")


def assert_error(
    answer: httpx.Response, status: int, code: str | tuple[str, ...], field: str | None = None
) -> dict[str, Any]:
    """The one error shape, with this code in it, and this field when one is to blame."""
    assert answer.status_code == status, (answer.status_code, answer.text[:500])
    codes = (code,) if isinstance(code, str) else code
    body = answer.json()
    matching = [e for e in body["errors"] if e["code"] in codes]
    assert matching, body
    if field is not None:
        assert field in [e["field"] for e in matching], body
    return body
