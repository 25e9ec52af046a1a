"""What many sockets ask at the same time, asked of the database once.

After a restart or a lost network all of them come back together. Each for itself would cost a dozen
queries; so they share them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import DataError

from .database import run

Q = TypeVar("Q")
A = TypeVar("A")

# Few enough that nobody else waits long for the event loop or the database.
TOGETHER_MOST = 50
# Between two calls there is time for more to ask.
GATHERING_SECONDS = 0.002


class Gathered(Generic[Q, A]):
    """A function of the domain that answers several questions at once.

    One call runs at a time; what is asked meanwhile goes into the next. Each question gets its own
    answer, or its own exception. Functions that share a `turn` take turns: they would only keep
    the interpreter from one another, and from those who talk.
    """

    def __init__(
        self,
        answer_all: Callable[[Sequence[Q]], Sequence[A | Exception]],
        turn: asyncio.Lock | None = None,
    ) -> None:
        self._answer_all = answer_all
        self._turn = turn or asyncio.Lock()
        self._asked: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._answering: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, future))
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer())
        return await future

    async def ask_alone(self, question: Q) -> A:
        (answer,) = await run(self._answer_all, [question])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _answer(self) -> None:
        try:
            while self._asked:
                async with self._turn:
                    await self._answer_some()
                await asyncio.sleep(GATHERING_SECONDS)
        finally:
            self._answering = None

    async def _answer_some(self) -> None:
        count = min(len(self._asked), TOGETHER_MOST)
        asked = [self._asked.popleft() for _ in range(count)]
        asked = [(question, future) for question, future in asked if not future.done()]
        answers = await self._answers([question for question, _ in asked])
        for (_, future), answer in zip(asked, answers, strict=True):
            if future.done():  # who asked has given up
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    async def _answers(self, questions: list[Q]) -> Sequence[A | Exception]:
        try:
            return await run(self._answer_all, questions)
        except Exception as error:
            if not isinstance(error, DataError) or len(questions) == 1:
                return [error] * len(questions)
        # One of them cannot be asked: it fails alone.
        return [(await self._answers([question]))[0] for question in questions]
