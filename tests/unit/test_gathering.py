"""Questions that are asked at the same time share a call, and each gets its own answer.

Seen red: with a call per question, with an error of one that all got, and with a turn for each.
"""

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest
from django.db import DataError, OperationalError

from backend.chat.errors import NotFound
from backend.realtime import gathering
from backend.realtime.gathering import Gathered


class Answering:
    """Doubles numbers; `calls` came to it, and while `shut` they wait."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, questions: Sequence[int]) -> list[int | Exception]:
        self.calls.append(list(questions))
        assert self.open.wait(10)
        if 500 in questions:
            raise DataError
        if 503 in questions:
            raise OperationalError
        return [NotFound() if question == 404 else 2 * question for question in questions]


@pytest.fixture
def answering() -> Answering:
    return Answering()


async def ask(gathered: Gathered[int, int], *questions: int) -> list[int | BaseException]:
    return await asyncio.gather(*map(gathered.ask, questions), return_exceptions=True)


async def test_question_alone_is_asked_at_once(answering: Answering) -> None:
    assert await Gathered(answering).ask(1) == 2


async def test_questions_of_the_same_moment_share_a_call(answering: Answering) -> None:
    assert await ask(Gathered(answering), 1, 2, 3) == [2, 4, 6]
    assert answering.calls == [[1, 2, 3]]


async def test_what_is_asked_meanwhile_goes_into_the_next_call(answering: Answering) -> None:
    gathered = Gathered(answering)
    answering.open.clear()
    first = asyncio.create_task(gathered.ask(1))
    await asyncio.sleep(0.05)
    others = asyncio.create_task(ask(gathered, 2, 3))
    await asyncio.sleep(0.05)
    answering.open.set()

    assert (await first, await others) == (2, [4, 6])
    assert answering.calls == [[1], [2, 3]]


async def test_no_call_has_too_many_questions(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "TOGETHER_MOST", 2)

    assert await ask(Gathered(answering), 1, 2, 3, 4, 5) == [2, 4, 6, 8, 10]
    assert [len(call) for call in answering.calls] == [2, 2, 1]


async def test_each_gets_its_own_error(answering: Answering) -> None:
    one, none, three = await ask(Gathered(answering), 1, 404, 3)

    assert (one, three) == (2, 6)
    assert isinstance(none, NotFound)


async def test_question_that_cannot_be_asked_fails_alone(answering: Answering) -> None:
    one, bad, three = await ask(Gathered(answering), 1, 500, 3)

    assert (one, three) == (2, 6)
    assert isinstance(bad, DataError)


async def test_database_that_is_away_is_not_asked_for_each(answering: Answering) -> None:
    answers = await ask(Gathered(answering), 1, 503, 3)

    assert all(isinstance(answer, OperationalError) for answer in answers)
    assert len(answering.calls) == 1


async def test_questions_after_an_error_are_answered(answering: Answering) -> None:
    gathered = Gathered(answering)
    await ask(gathered, 503)

    assert await gathered.ask(1) == 2


async def test_who_gave_up_keeps_nobody_waiting(answering: Answering) -> None:
    gathered = Gathered(answering)
    answering.open.clear()
    first = asyncio.create_task(gathered.ask(1))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(gathered.ask(2))
    await asyncio.sleep(0.01)
    first.cancel()
    second.cancel()
    answering.open.set()

    assert await gathered.ask(3) == 6
    assert answering.calls == [[1], [3]]


async def test_functions_that_share_a_turn_run_one_after_the_other() -> None:
    running = threading.Semaphore()

    def alone(questions: Sequence[int]) -> list[int | Exception]:
        assert running.acquire(blocking=False)
        time.sleep(0.02)
        running.release()
        return list(questions)

    turn = asyncio.Lock()
    first, second = Gathered(alone, turn), Gathered(alone, turn)

    assert await asyncio.gather(ask(first, 1, 2), ask(second, 3, 4)) == [[1, 2], [3, 4]]
