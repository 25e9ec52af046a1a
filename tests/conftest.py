"""The stack that a run stands on (`--stack`), and what the black-box tests share."""

import logging
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.harness import stack as stacks
from tests.harness.contract import Contract
from tests.harness.people import Client, People, Person
from tests.harness.server import Server, improper_lines
from tests.harness.sockets import Socket

# Every request would be a line of its own in the output of a failed test.
logging.getLogger("httpx").setLevel(logging.WARNING)

_STACK = pytest.StashKey[Any]()
_MISSING = pytest.StashKey[str]()
# The one foreign page that the test servers let in.
GOOD_ORIGIN = "https://good.example"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stack",
        choices=["embedded", "production"],
        default="embedded",
        help="embedded: SQLite, one process; production: throw-away PostgreSQL and Redis",
    )
    parser.addoption(
        "--workers",
        type=int,
        default=1,
        help="processes of the shared server; more than one needs --stack production",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the stores before Django reads its settings, so that all tests use the same kind."""
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist; the first process did it
        return
    from django.conf import settings

    production = config.getoption("--stack") == "production"
    if settings.configured and production:
        raise pytest.UsageError(
            "Django's settings were read before the stores were started: "
            "DJANGO_SETTINGS_MODULE must not stand in the options of pytest"
        )
    try:
        stack = stacks.Production() if production else stacks.Embedded()
    except stacks.Unavailable as error:
        if os.environ.get("CI") == "true":
            pytest.exit(f"--stack production: {error}", returncode=2)
        config.stash[_MISSING] = f"EVERYTHING IS SKIPPED: --stack production, but {error}"
        stack = stacks.Embedded()
    config.stash[_STACK] = stack
    os.environ["DATABASE_URL"] = stack.new_database()
    os.environ["REDIS_URL"] = stack.redis_url
    os.environ.update(stacks.KEYS)
    os.environ["RATE_LIMITS"] = "off"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.harness.settings")
    settings.DATABASES  # noqa: B018  (read now; pytest-django sets Django up after this)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _STACK in config.stash:
        config.stash[_STACK].stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _MISSING in config.stash:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=config.stash[_MISSING]))


def pytest_report_header(config: pytest.Config) -> list[str]:
    missing = config.stash.get(_MISSING, "")
    return [f"stack: {config.getoption('--stack')}"] + ([missing] if missing else [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if missing := terminalreporter.config.stash.get(_MISSING, ""):
        terminalreporter.section(missing, sep="!", red=True, bold=True)


# -- servers ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Any]:
    stack = pytestconfig.stash[_STACK]
    yield stack
    refuse_improper("a store", stack.log_text())


@pytest.fixture(scope="session")
def make_server(stack: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Servers with a database of their own, or with that of the server `beside` them.

    At the end all their logs are searched.
    """
    shared, servers = stack, list[Server]()
    directory: Path = tmp_path_factory.mktemp("servers")

    def make(*, stack: Any = stack, beside: Server | None = None, **options: Any) -> Server:
        server = Server(
            database_url=beside.database_url if beside else stack.migrated_database(),
            log=directory / f"server-{len(servers)}.log",
            **{"redis_url": stack.redis_url, **options},
        )
        server.is_broken_on_purpose = stack is not shared
        servers.append(server)
        server.start()
        return server

    yield make
    with ThreadPoolExecutor(8) as pool:  # each takes seconds to say goodbye
        list(pool.map(Server.stop, servers))
    for server in servers:
        refuse_improper("a server", server.log_text())


def refuse_improper(whose: str, log: str) -> None:
    improper = improper_lines(log)
    assert not improper, f"in the log of {whose}:\n" + "\n".join(improper[:20])


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Server], pytestconfig: pytest.Config) -> Server:
    """The server that all black-box tests share."""
    workers = pytestconfig.getoption("--workers")
    # Tokens that outlive the run; tests of expiry forge shorter ones. The more it writes into its
    # log, the more is searched.
    return make_server(
        workers=workers,
        ACCESS_TOKEN_SECONDS="3600",
        CORS_ALLOWED_ORIGINS=GOOD_ORIGIN,
        ACCESS_LOG="on",
    )


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.from_files()


# -- people, rooms, sockets ------------------------------------------------------------------


@pytest.fixture(scope="session")
def people(server: Server, contract: Contract) -> People:
    return People(lambda name: Person(server, contract, name))


@pytest.fixture(scope="session")
def guest(server: Server, contract: Contract) -> Client:
    """A REST client without a login."""
    return Client(server, contract)


@pytest.fixture
def room(people: People) -> int:
    """A public room: Alice owns it, Bob is a member, Charlie is outside. Its head is 2."""
    pk: int = people.alice.makes_room()["pk"]
    people.bob.joins(pk)
    return pk


@pytest.fixture
def private_room(people: People) -> int:
    """A private room of Alice's alone."""
    pk: int = people.alice.makes_room(kind="private")["pk"]
    return pk


@pytest.fixture
def connect(contract: Contract) -> Iterator[Callable[..., Socket]]:
    """`connect(person)` opens a socket; all are closed, and their journals checked, afterwards."""
    opened: list[Socket] = []

    def open_socket(person: Person, **options: Any) -> Socket:
        query = options.pop("query", [("token", person.access)])
        url = options.pop("url", person.server.socket_url)
        socket = Socket(url, query, contract=contract, **options)
        opened.append(socket)
        return socket

    yield open_socket
    for socket in opened:
        socket.close()
    for socket in opened:
        socket.check_journal()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Where a test takes its randomness from. It is printed when the test fails."""
    chosen = int(os.environ.get("SEED") or secrets.randbelow(2**32))
    print(f"SEED={chosen}  ({request.node.nodeid})")
    return chosen
