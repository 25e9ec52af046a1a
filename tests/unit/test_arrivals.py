"""Connections that come in the same moment begin a few at a time.

Seen red with all of them begun in one turn, with data that replaces what came before it, and with
a turn that ends where one of them raises.
"""

import asyncio
from typing import Any

from backend.config.arrivals import BEGUN_AT_ONCE, ArrivingProtocol


class Transport:
    closing = False

    def is_closing(self) -> bool:
        return self.closing


class Arrival(ArrivingProtocol):
    """Notes what it is given when its turn has come."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport: Any = Transport()
        self.taken: list[bytes] = []

    def _take(self, data: bytes) -> None:
        self.taken.append(data)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_connections_begin_a_few_in_each_turn_in_their_order() -> None:
    crowd = [Arrival() for _ in range(3 * BEGUN_AT_ONCE)]
    for arrival in crowd:
        arrival.data_received(b"GET")

    for turn in range(1, 4):
        await turns(1)
        begun = [bool(arrival.taken) for arrival in crowd]
        assert begun == [n < turn * BEGUN_AT_ONCE for n in range(len(crowd))]


async def test_data_that_comes_in_pieces_stays_in_order() -> None:
    arrival = Arrival()

    arrival.data_received(b"GET ")
    arrival.data_received(b"/ws")
    await turns(1)
    arrival.data_received(b"frame")

    assert arrival.taken == [b"GET /ws", b"frame"]


async def test_client_that_left_before_its_turn_is_not_begun() -> None:
    arrival = Arrival()
    arrival.data_received(b"GET")

    arrival.transport.closing = True
    await turns(1)

    assert arrival.taken == []


async def test_connection_that_raises_holds_up_nobody() -> None:
    class Broken(Arrival):
        def _take(self, data: bytes) -> None:
            raise RuntimeError

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    crowd = [Broken(), *(Arrival() for _ in range(2 * BEGUN_AT_ONCE))]
    for arrival in crowd:
        arrival.data_received(b"GET")

    await turns(4)

    assert all(arrival.taken for arrival in crowd[1:])
