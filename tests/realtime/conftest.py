"""Sockets of the people whom most conversations need."""

from collections.abc import Callable

import pytest

from tests.harness.people import People
from tests.harness.sockets import Socket


@pytest.fixture
def alice(people: People, connect: Callable[..., Socket]) -> Socket:
    return connect(people.alice)


@pytest.fixture
def bob(people: People, connect: Callable[..., Socket]) -> Socket:
    return connect(people.bob)
