"""`make stack`, from outside: everything that docker-compose.yml describes, as one address.

Seen red with one worker, without the Connection header, with a header of the page left out, with
`try_files $uri =404` for the page, and with a `stop` that forgets nginx. The tests share one stack;
the last one ends it.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from deploy.processes import free_port, listens
from tests.harness import processes
from tests.harness.contract import Contract
from tests.harness.people import Client, People, Person, assert_error, canary
from tests.harness.server import ROOT, improper_lines
from tests.harness.sockets import Socket, dial, ok, subscribe

from .conftest import installed

pytestmark = pytest.mark.timeout(150)


class Stack:
    """The command as a child, with what it and its children say in a file."""

    def __init__(self, page: Path, log: Path) -> None:
        self.log = log
        self.is_broken_on_purpose = False
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/ws/chat/room/"
        command = ["-m", "deploy.stack", "--page", str(page), "--port", str(self.port)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, stdout=output, stderr=output
            )
        deadline = time.monotonic() + 120
        while "The stack is at" not in self.log_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.end()
                pytest.fail(f"make stack did not start:\n{self.log_text()[-4000:]}")
            time.sleep(0.1)
        self.family = processes.tree(self._process.pid)[1:]

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def backend_url(self) -> str:
        found = re.search(r"Parley is at (\S+)/ ", self.log_text())
        assert found is not None
        return found[1]

    def workers(self) -> list[int]:
        """The processes that serve: those that multiprocessing has spawned."""
        children = processes.tree(self._process.pid)[1:]
        return [pid for pid in children if "spawn_main" in processes.command(pid)]

    def end(self) -> float:
        """SIGTERM; how long it took, in seconds."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(40)
        return time.monotonic() - begun


@pytest.fixture(scope="module")
def running(
    pytestconfig: pytest.Config, page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    if pytestconfig.getoption("--stack") != "production":
        pytest.skip("make stack is tested with --stack production only: it is one")
    if not Path("/proc/self/stat").exists():
        pytest.skip("the workers are found in /proc, which this system has not")
    installed("nginx")
    stack = Stack(page, tmp_path_factory.mktemp("stack") / "output.log")
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def people(running: Stack, contract: Contract) -> People:
    return People(lambda name: Person(running, contract, name))


@pytest.fixture
def guest(running: Stack, contract: Contract) -> Client:
    return Client(running, contract)


# -- the page --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/rooms/1", "/login?next=%2Frooms%2F1"])
def test_page_is_served_for_its_routes(running: Stack, browser: httpx.Client, path: str) -> None:
    answer = browser.get(running.url + path)

    assert answer.status_code == 200
    assert "<title>Parley</title>" in answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_page_has_the_headers_that_the_backend_gives_it(
    running: Stack, browser: httpx.Client
) -> None:
    theirs = browser.get(f"{running.backend_url}/").headers
    per_answer = {"date", "cache-control", "content-length", "content-type", "vary", "x-request-id"}
    expected = {name: value for name, value in theirs.items() if name not in per_answer}

    for path in ("/", "/assets/index-5a1b9c.js"):
        ours = browser.get(running.url + path).headers
        assert {name: ours.get(name) for name in expected} == expected


def test_asset_is_kept_for_ever_and_compressed(running: Stack, browser: httpx.Client) -> None:
    answer = browser.get(f"{running.url}/assets/index-5a1b9c.js")

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert browser.get(f"{running.url}/assets/index-000000.js").status_code == 404


# -- REST and the socket ---------------------------------------------------------------------


def test_admin_and_documentation_have_their_files(running: Stack, browser: httpx.Client) -> None:
    for path in ("/admin/login/", "/api/docs/"):
        text = browser.get(running.url + path).text
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
        assert files
        assert browser.get(running.url + files[0]).status_code == 200


def test_body_over_the_limit(people: People) -> None:
    answer = people.alice.api.post("/api/rooms/", content=b" " * 65_537)

    assert_error(answer, 413, "too_large")


def test_long_poll_is_answered_when_there_is_news(people: People) -> None:
    room = people.alice.makes_room()["pk"]

    with ThreadPoolExecutor() as pool:
        path = f"/api/rooms/{room}/events/?after_seq=1&wait=20"
        waiting = pool.submit(people.alice.gets, path)
        time.sleep(1)
        assert not waiting.done()
        posted = people.alice.posts(room)
        (event,) = waiting.result(10)["results"]

    assert event["seq"] == posted["seq"]


def test_page_of_another_origin_opens_no_socket(running: Stack, people: People) -> None:
    own = dial(running.socket_url, [("token", people.alice.access)], origin=running.url)
    assert '"hello"' in own.recv(5)
    own.close()

    with pytest.raises(Exception, match="HTTP 403"):
        dial(running.socket_url, [("token", people.alice.access)], origin="https://evil.example")


def test_sockets_of_both_workers_get_what_is_posted_at_either(
    running: Stack, people: People, connect: Callable[..., Socket]
) -> None:
    room = people.alice.makes_room()["pk"]
    before = [connections(pid) for pid in running.workers()]
    sockets: list[Socket] = []

    def served_by_both() -> bool:
        return all(
            connections(pid) > count for pid, count in zip(running.workers(), before, strict=True)
        )

    while not served_by_both() and len(sockets) < 100:
        sockets.append(connect(people.alice))
    assert served_by_both()
    for one in sockets:
        subscribe(one, room)
    first = ok(sockets[0].request("create_message", pk=room, message=canary()), 201)
    second = people.alice.posts(room)

    for one in sockets:
        assert [event["seq"] for event in one.events(2)] == [first["seq"], second["seq"]]


def connections(pid: int) -> int:
    """How many sockets a process has open, of whatever kind."""
    count = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            count += os.readlink(descriptor).startswith("socket:")
    return count


# -- when something dies ---------------------------------------------------------------------


def test_killed_worker_is_replaced_and_the_address_goes_on(
    running: Stack, people: People, connect: Callable[..., Socket]
) -> None:
    room = people.alice.makes_room()["pk"]
    first, second = running.workers()

    os.kill(first, signal.SIGKILL)
    for number in range(10):
        body = {"text": canary(), "client_id": f"after-{number}"}
        answer = post_until_taken(people.alice, f"/api/rooms/{room}/messages/", body)
        assert answer.status_code in (200, 201)
    deadline = time.monotonic() + 20
    while len(running.workers()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)

    assert len(people.alice.log(room)) == 11
    assert second in running.workers() and len(running.workers()) == 2
    assert connect(people.alice).is_alive()


def post_until_taken(person: Person, path: str, body: dict[str, str]) -> httpx.Response:
    """A request on its way to a worker that dies is answered with 503, and may be repeated."""
    headers = {"Authorization": f"Bearer {person.access}"}
    while True:
        url = person.server.url + path
        answer = httpx.post(url, json=body, headers=headers, trust_env=False, timeout=20)
        if answer.status_code != 503:
            return answer
        time.sleep(answer.json()["errors"][0]["retry_after_ms"] / 1000)


def test_no_log_holds_a_token(running: Stack, people: People, guest: Client) -> None:
    alice = people.alice
    ticket = alice.api.post("/api/auth/ticket/").json()["ticket"]
    for query in ([("token", alice.access)], [("ticket", ticket)], [("token", "eyJ.bad")]):
        with dial(running.socket_url, query) as open_socket:
            open_socket.recv(5)
    guest.get("/api/search/messages/", params={"q": canary()})
    alice.posts(alice.makes_room()["pk"], canary())

    log = running.log_text()

    assert '"path":"/ws/chat/room/","status":101' in log
    assert improper_lines(log) == []
    assert ticket not in log


def test_sigterm_ends_everything_with_a_goodbye(
    running: Stack, people: People, connect: Callable[..., Socket]
) -> None:
    alice = connect(people.alice)

    with ThreadPoolExecutor() as pool:
        ended = pool.submit(running.end)
        bye, code = alice.closing(timeout=25)
        seconds = ended.result(45)

    assert bye is not None and bye["data"]["code"] == code == 1012
    # 15 s where there is room for all; a machine that does much else may take as long again.
    assert seconds < 30
    assert len(running.family) > 8  # PostgreSQL and nginx have processes of their own
    # multiprocessing's helper goes when it notices that the others are gone.
    deadline = time.monotonic() + 5
    while (left := [line for pid in running.family if (line := processes.command(pid))]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert left == []
    assert not listens(running.port)
    assert improper_lines(running.log_text()) == []
