"""Many simulated clients of one room, in a thread of their own, for tests that read in order."""

import asyncio
import random
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

from deploy.processes import wait_until

from .journal import Journal, faults
from .people import Person
from .simulated import SimulatedClient


class Crowd:
    """Of one person's sockets, as `person` may have any number of them.

    It writes from the start until `be_quiet`, and ends with the `with` block.
    """

    def __init__(self, person: Person, room: int, *, seed: int) -> None:
        self.person, self.room = person, room
        self._chance = random.Random(seed)
        self.clients: list[SimulatedClient] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crowd", daemon=True)
        self._writing = asyncio.Event()
        self._writing.set()
        self._lives: list[asyncio.Task[None]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def journals(self) -> list[Journal]:
        return [client.journal for client in self.clients]

    def run(self, work: Coroutine[Any, Any, Any], seconds: float = 60) -> Any:
        """Do something else in the crowd's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    # -- what it does ------------------------------------------------------------------------

    def join(
        self, count: int, *, url: str = "", after_seq: int = 0, **options: Any
    ) -> list[SimulatedClient]:
        """So many more, connected when this returns; options are a `SimulatedClient`'s."""
        new = [
            SimulatedClient(
                url=url or self.person.server.socket_url,
                token=self.person.access,
                room=self.room,
                journal=Journal(f"{self.room}.{len(self.clients) + number}", after_seq),
                chance=random.Random(self._chance.random()),
                writing=self._writing,
                **options,
            )
            for number in range(count)
        ]
        self.clients += new
        self.run(self._begin(new))
        wait_until(lambda: all(c.journal.connections for c in new), "all sockets' opening", 60)
        return new

    async def _begin(self, clients: list[SimulatedClient]) -> None:
        for client in clients:
            self._lives.append(asyncio.create_task(client.live()))

    async def _end(self) -> None:
        for life in self._lives:
            life.cancel()
        for ended in await asyncio.gather(*self._lives, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise ended or RuntimeError("a simulated client stopped living")

    def write(self) -> None:
        self._loop.call_soon_threadsafe(self._writing.set)

    def be_quiet(self, seconds: float = 60) -> None:
        """Send nothing new, and wait until everything sent is answered."""
        self._loop.call_soon_threadsafe(self._writing.clear)
        time.sleep(0.05)
        with suppress(TimeoutError):  # what stays unanswered is told below, with more words
            wait_until(lambda: not any(c.has_unanswered for c in self.clients), "", seconds)
        waiting = [c.journal.name for c in self.clients if c.has_unanswered]
        assert not waiting, f"unanswered after {seconds} s: {waiting}"

    def catch_up(self, seconds: float) -> list[dict[str, Any]]:
        """Wait until everyone has read to the head; the room's log."""
        log = self.person.log(self.room)
        head = log[-1]["seq"]
        deadline = time.monotonic() + seconds
        while behind := [j for j in self.journals if j.position < head]:
            where = {journal.name: journal.position for journal in behind}
            assert time.monotonic() < deadline, f"not at {head} after {seconds} s: {where}"
            time.sleep(0.02)
        return log

    def settle(self, seconds: float = 10) -> None:
        """Be quiet, and hold what everybody saw against the history."""
        self.be_quiet()
        log = self.catch_up(seconds)
        found = faults(self.journals, log)
        assert not found, "\n".join(found[:20])
        print(f"room {self.room}: {self}")

    def __str__(self) -> str:
        sent = sum(len(journal.sent) for journal in self.journals)
        acknowledged = sum(len(journal.acknowledged) for journal in self.journals)
        received = sum(len(journal.received) for journal in self.journals)
        return f"{sent} sent, {acknowledged} acknowledged, {received} received"
