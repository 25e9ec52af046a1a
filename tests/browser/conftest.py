"""One browser, a server with the demo's world, and a room for Alice and Bob in each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.contract import Contract
from tests.harness.server import Server

from . import driver
from .world import Cast, Scene, furnish

# A page renews its token at half of that; how long it takes depends on the machine.
SHORT_TOKEN_SECONDS = 8


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[driver.Browser]:
    if pytestconfig.getoption("--stack") != "embedded":
        pytest.skip("the browser's tests run with --stack embedded only: the page is the same")
    started = driver.start()
    yield started
    started.close()


@pytest.fixture(scope="session")
def world(browser: driver.Browser, make_server: Callable[..., Server]) -> Server:
    """The demo's world, with some more life in one of its rooms."""
    server = make_server(ACCESS_TOKEN_SECONDS="3600")
    furnish(server)
    return server


@pytest.fixture(scope="session")
def hasty_server(browser: driver.Browser, make_server: Callable[..., Server]) -> Server:
    return make_server(ACCESS_TOKEN_SECONDS=str(SHORT_TOKEN_SECONDS))


@pytest.fixture(scope="session")
def cast(world: Server, contract: Contract) -> Cast:
    return Cast(world, contract)


@pytest.fixture
def play(browser: driver.Browser, world: Server) -> Callable[..., Any]:
    def play(scenario: str, **settings: Any) -> Any:
        return browser.play(scenario, **{"url": world.url, **settings})

    return play


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)
