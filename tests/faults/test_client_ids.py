"""Promise 8: the same `client_id` makes one message, over both doors, in parallel.

One trial is one message, sent one to five times at once. Seen red with a server where a repeated
send makes a message of its own.
"""

import asyncio
import random
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.harness.people import Person, canary, unique
from tests.harness.server import Server
from tests.harness.simulated import Line, dial

from .conftest import Trials

SOCKETS, TOGETHER = 6, 20


@pytest.mark.row("8", ci=200, long=5000, seconds=1)
async def test_same_client_id_makes_one_message(
    target: Server, anna: Person, trials: Trials, seed: int
) -> None:
    chance, room = random.Random(seed), anna.makes_room()["pk"]
    async with httpx.AsyncClient(
        base_url=target.url,
        headers={"Authorization": f"Bearer {anna.access}"},
        trust_env=False,
        timeout=20,
    ) as rest:
        lines = [Line(await dial(target.socket_url, anna.access), _ignore) for _ in range(SOCKETS)]
        reading = [asyncio.create_task(line.read_for_ever()) for line in lines]
        doors = [RestDoor(rest, room)] * SOCKETS + [SocketDoor(line, room) for line in lines]
        batch: list[Any] = []
        for number in trials:
            batch.append(send_one(chance, doors))
            if len(batch) == TOGETHER or number == trials.count - 1:
                await asyncio.gather(*batch)
                batch = []
        for task, line in zip(reading, lines, strict=True):
            task.cancel()
            await line.ws.close()

    stored = [event for event in anna.log(room) if event["event"] == "message.created"]
    assert len(stored) == trials.count
    assert set(Counter(event["data"]["client_id"] for event in stored).values()) == {1}


class RestDoor:
    def __init__(self, rest: httpx.AsyncClient, room: int) -> None:
        self._rest, self._path = rest, f"/api/rooms/{room}/messages/"

    async def send(self, text: str, client_id: str) -> tuple[int, Any]:
        answer = await self._rest.post(self._path, json={"text": text, "client_id": client_id})
        return answer.status_code, answer.json()


class SocketDoor:
    def __init__(self, line: Line, room: int) -> None:
        self._line, self._room = line, room

    async def send(self, text: str, client_id: str) -> tuple[int, Any]:
        fields = {"pk": self._room, "message": text, "client_id": client_id}
        reply = await self._line.request("create_message", **fields)
        return reply["response_status"], reply["data"]


async def send_one(chance: random.Random, doors: list[RestDoor | SocketDoor]) -> None:
    text, client_id = canary(), unique("c")
    times = chance.randint(1, 5)
    answers = await asyncio.gather(
        *(door.send(text, client_id) for door in chance.choices(doors, k=times))
    )
    other, _ = await chance.choice(doors).send(canary(), client_id)

    assert sorted(status for status, _ in answers) == [200] * (times - 1) + [201]
    assert len({message["seq"] for _, message in answers}) == 1
    assert all(bool(m.get("duplicate")) == (status == 200) for status, m in answers)
    assert other == 409


def _ignore(frame: Any) -> None: ...
