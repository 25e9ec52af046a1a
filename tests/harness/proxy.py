"""A TCP proxy that does to connections what networks do to them."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """Passes bytes to a port of loopback.

    With `cuts`, each connection dies after a random number of bytes, those of both directions
    counted, until so many were cut.
    """

    def __init__(
        self, target_port: int, *, seed: int = 0, cuts: int = 0, most_bytes: int = 1
    ) -> None:
        self.target_port = target_port
        self.left = cuts
        self.port = 0
        self._random = random.Random(seed)
        self._most_bytes = most_bytes
        self._loop = asyncio.new_event_loop()
        self._silent: set[asyncio.Task[None]] = set()
        self._passing: set[asyncio.Task[None]] = set()

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        listening = threading.Event()
        thread = threading.Thread(target=self._run, args=[listening], daemon=True)
        thread.start()
        assert listening.wait(5)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)

    def silence(self) -> None:
        """What is connected now passes nothing any more, and neither end is told."""
        self._loop.call_soon_threadsafe(lambda: self._silent.update(self._passing))

    def _run(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(
                "127.0.0.1", self.target_port
            )
        except OSError:
            writer.transport.abort()
            return
        budget = [self._random.randrange(1, self._most_bytes)] if self.left > 0 else None
        directions = [(reader, server_writer), (server_reader, writer)]
        passing = {asyncio.create_task(self._pass(*d, budget)) for d in directions}
        self._passing |= passing
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            self._passing -= passing
            self._silent -= passing
            for end in (writer, server_writer):
                # A reset, as when a phone loses its network: no goodbye to either side.
                end.transport.abort()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        budget: list[int] | None,
    ) -> None:
        while (piece := await self._read(reader)) is not None:
            if asyncio.current_task() in self._silent:
                continue
            if budget is not None:
                allowed, budget[0] = piece[: budget[0]], budget[0] - len(piece)
                if budget[0] <= 0:
                    writer.write(allowed)
                    await writer.drain()
                    # Given time to arrive, so that the cut falls inside a frame.
                    await asyncio.sleep(0.01)
                    self.left -= 1
                    return
            writer.write(piece)
            await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> bytes | None:
        try:
            return await reader.read(65_536) or None
        except ConnectionError:
            return None
