"""The hub's channel on the layer: quick while it works, built anew when it does not hear itself.

Take the call of `_rebuild` out of `_watch_for_ever`, and a lost group membership is never noticed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from backend.realtime import layer as layers
from backend.realtime.layer import Layer

from .fakes import Bus, Channels, until

Heard = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(layers, "DEAF_SECONDS", 0.2)
    monkeypatch.setattr(layers, "SEND_SECONDS", 0.2)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def make(bus: Bus) -> AsyncIterator[Callable[[], tuple[Layer, Heard]]]:
    made: list[Layer] = []

    def make_layer() -> tuple[Layer, Heard]:
        heard: Heard = []
        layer = Layer(Channels(bus), heard.append)
        layer.start(group="hubs")
        made.append(layer)
        return layer, heard

    yield make_layer
    for layer in made:
        await layer.stop()


async def test_others_hear_and_the_sender_does_not(make: Any) -> None:
    (one, own), (_, other), (_, third) = make(), make(), make()
    await asyncio.sleep(0.05)

    for n in range(3):
        one.send({"n": n})

    await until(lambda: len(other) == len(third) == 3)
    assert other == third == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert own == []


async def test_idle_layer_hears_its_own_heartbeat(make: Any) -> None:
    layer, _ = make()
    await asyncio.sleep(0.5)

    assert layer.is_heard


async def test_lost_membership_is_noticed_and_mended(make: Any, bus: Bus) -> None:
    (one, _), (_, heard) = make(), make()
    await asyncio.sleep(0.05)

    bus.members.clear()
    one.send({"n": "lost"})
    await asyncio.sleep(0.1)
    assert heard == []

    await until(lambda: len(bus.members) == 2)
    one.send({"n": "heard"})
    await until(lambda: {"n": "heard"} in heard)


async def test_receiver_that_died_is_started_anew(make: Any) -> None:
    (one, _), (deaf, heard) = make(), make()
    await asyncio.sleep(0.05)

    deaf._receiver.cancel()
    await asyncio.sleep(0.3)
    one.send({"n": 1})

    await until(lambda: {"n": 1} in heard)


@pytest.mark.parametrize("trouble", ["broken", "frozen"])
async def test_layer_in_trouble_delays_nobody_and_works_again_afterwards(
    make: Any, bus: Bus, trouble: str
) -> None:
    (one, _), (_, heard) = make(), make()
    await asyncio.sleep(0.05)

    setattr(bus, trouble, True)
    began = asyncio.get_running_loop().time()
    for n in range(100):
        one.send({"n": n})
    assert asyncio.get_running_loop().time() - began < 0.05
    await asyncio.sleep(0.3)
    setattr(bus, trouble, False)
    await until(lambda: one.is_heard)

    one.send({"n": "again"})
    await until(lambda: {"n": "again"} in heard)


async def test_what_waits_is_bounded(make: Any, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "WAITING_MOST", 5)
    layer, _ = make()
    bus.frozen = True

    for n in range(50):
        layer.send({"n": n})

    assert len(layer._waiting) == 5


async def test_message_that_cannot_be_taken_does_not_stop_the_next(bus: Bus) -> None:
    heard: Heard = []

    def receive(message: dict[str, Any]) -> None:
        if message["n"] == 1:
            raise KeyError("of another version")
        heard.append(message)

    sender, receiver = Layer(Channels(bus), print), Layer(Channels(bus), receive)
    for layer in (sender, receiver):
        layer.start(group="hubs")
    await asyncio.sleep(0.05)
    for n in range(3):
        sender.send({"n": n})

    await until(lambda: len(heard) == 2)
    assert heard == [{"n": 0}, {"n": 2}]
    for layer in (sender, receiver):
        await layer.stop()
