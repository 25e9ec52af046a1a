"""The people of tests/chat/fixtures.py, and two processes for them to meet in.

Read before Django is configured; hence the late imports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.chat.fixtures import (  # noqa: F401
    alice,
    bob,
    charlie,
    committed,
    den,
    django_db_modify_db_settings,
    lobby,
)

if TYPE_CHECKING:
    from backend.realtime.hub import Hub

    from .fakes import Bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    """What lies between the processes."""
    from backend.realtime import hub as hubs
    from backend.realtime import sweep

    from .fakes import Bus, Channels
    from .hubs import TICK

    made = Bus()
    monkeypatch.setattr(hubs, "get_channel_layer", lambda: Channels(made))
    monkeypatch.setattr(sweep, "TICK_SECONDS", TICK)
    monkeypatch.setattr(hubs, "DRAIN_SECONDS", 0)
    return made


@pytest.fixture
async def here(committed: None, lobby: int, bus: Bus) -> AsyncIterator[Hub]:  # noqa: F811
    """The process in which the test writes."""
    from backend.realtime.hub import Hub

    hub = Hub()
    await hub.start()
    await asyncio.sleep(0.05)
    yield hub
    await hub.stop()


@pytest.fixture
async def there(here: Hub) -> AsyncIterator[Hub]:
    """Another process: it does not hear of commits by itself."""
    from backend.realtime.hub import Hub

    hub = Hub()
    hub.publish = lambda news: None  # type: ignore[method-assign]
    await hub.start()
    await asyncio.sleep(0.05)
    yield hub
    await hub.stop()
