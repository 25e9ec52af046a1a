"""Subscribers: each checks that it gets every message of its room once, whole and in order."""

import asyncio
import os
import sys
from collections import deque
from time import perf_counter
from typing import NoReturn

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from .dialects import NUMBER, SUBSCRIBE, Dialect, Said, Subscribed

RETRY_SECONDS = 0.25
_decode = msgspec.json.Decoder(Said).decode
_decode_subscribed = msgspec.json.Decoder(Subscribed).decode


class Failed(Exception):
    """The server did not do what is measured; there is no figure."""


def give_up(why: bytes) -> NoReturn:
    """From within a callback, where an exception would end one socket, and the rest would wait."""
    print(why.decode(), file=sys.stderr, flush=True)
    os._exit(1)


class Room:
    """The frames of a room by the number of their message, as the first to get them saw them.

    All subscribe under the same request id, so the bytes are the same for all.
    """

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.frames: list[bytes] = []
        # Numbers of messages that were refused once; they come again, after later ones.
        self.refused: set[int] = set()
        self.subscribers: list[Subscriber] = []


class Subscriber(WSListener):
    """`received` is the number of the message that must come next."""

    closed = False
    refused = 0
    head_seq: int | None = None

    def __init__(self, room: Room, dialect: Dialect, after_seq: int | None = None) -> None:
        self.room, self.dialect = room, dialect
        self.frames = room.frames
        self.received = 0
        self.lost = self.disordered = self.altered = 0
        self.after_seq = after_seq
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        room.subscribers.append(self)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        opening = self.dialect.opening(self.room.pk, self.after_seq)
        for frame in opening:
            transport.send(WSMsgType.TEXT, frame)
        if not opening:
            self.ready.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        number = self.received
        try:
            expected = payload == self.frames[number]
        except IndexError:
            expected = False
        if expected:
            self.received = number + 1
            self.delivered(number)
        elif frame.msg_type == WSMsgType.TEXT:
            self._look_closer(payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.ready.done():
            self.ready.set_exception(Failed("the server closed a socket that was not ready"))
        self.closed = True

    def delivered(self, number: int) -> None:
        """For those who look at each delivery."""

    def answered(self, payload: bytes, status: int) -> None:
        """For those who send."""

    def _look_closer(self, payload: bytes) -> None:
        said = _decode(payload)
        if said.action == "create_message":
            self.answered(payload, said.response_status or 0)
        elif said.response_status is not None and said.response_status >= 500:
            # A client tries again.
            self.refused += 1
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._ask_again, said.action)
        elif said.action == SUBSCRIBE and said.response_status is not None:
            if said.response_status != 201:
                give_up(payload)
            if not self.ready.done():
                self.head_seq = _decode_subscribed(payload).data.head_seq
                self.ready.set_result(None)
        elif said.action != "join_room" and (found := NUMBER.search(payload)):
            # The answer to join_room shows the room's last message, which is no delivery.
            self._count(int(found[1]), payload)

    def _ask_again(self, action: str) -> None:
        assert self.transport is not None
        for frame in self.dialect.opening(self.room.pk, self.after_seq):
            if b'"%s"' % action.encode() in frame and not self.transport.is_disconnected:
                self.transport.send(WSMsgType.TEXT, frame)

    def _count(self, number: int, payload: bytes) -> None:
        if number < self.received:
            if number in self.room.refused:
                self.lost -= 1  # it was counted as lost when the next one came
            else:
                self.disordered += 1
            self.delivered(number)
            return
        self.frames.extend([b""] * (number - len(self.frames)))
        if number == len(self.frames):
            self.frames.append(payload)
        elif not self.frames[number]:
            self.frames[number] = payload
        elif self.frames[number] != payload:
            self.altered += 1
        self.lost += number - self.received
        self.received = number + 1
        self.delivered(number)


class Sender(Subscriber):
    """A subscriber that posts. A message is done when it is answered, and has come back."""

    outstanding = 0

    def __init__(self, room: Room, dialect: Dialect) -> None:
        super().__init__(room, dialect)
        self.sent = self.accepted = 0
        self.sent_at: list[float] = []
        # Answers come in the order of the requests.
        self._unanswered: deque[int] = deque()

    def start(self, outstanding: int) -> None:
        self.outstanding = outstanding
        self._fill()

    def stop(self) -> None:
        self.outstanding = 0

    def send(self) -> None:
        self.sent_at.append(perf_counter())
        self._post(self.sent)
        self.sent += 1

    def _post(self, number: int) -> None:
        assert self.transport is not None
        self._unanswered.append(number)
        self.transport.send(WSMsgType.TEXT, self.dialect.message(self.room.pk, number))

    def delivered(self, number: int) -> None:
        if not self.dialect.acknowledges:
            self.accepted += 1
        self._fill()

    def answered(self, payload: bytes, status: int) -> None:
        number = self._unanswered.popleft()
        if status >= 500:
            self.refused += 1
            self.room.refused.add(number)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._post, number)
        elif status not in (200, 201):
            give_up(payload)
        else:
            self.accepted += 1
            self._fill()

    def _fill(self) -> None:
        while self.sent - min(self.accepted, self.received) < self.outstanding:
            self.send()


class Listener(Subscriber):
    """Notes when each message was sent and how long it took, by the generator's clock."""

    def __init__(self, room: Room, dialect: Dialect, sender: Sender) -> None:
        super().__init__(room, dialect)
        self._sent_at = sender.sent_at
        self.delays: list[tuple[float, float]] = []

    def delivered(self, number: int) -> None:
        sent_at = self._sent_at[number]
        self.delays.append((sent_at, perf_counter() - sent_at))


async def settle(rooms: list[Room], sent: dict[int, int], seconds: float = 20) -> dict[str, int]:
    """Wait until everybody has everything that was `sent` (by room); answers what is missing."""
    deadline = perf_counter() + seconds
    while (missing := _missing(rooms, sent)) and perf_counter() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    everybody = [subscriber for room in rooms for subscriber in room.subscribers]
    return {
        "missing": missing,
        "refused": sum(one.refused for one in everybody),
        "closed": sum(one.closed for one in everybody),
        "lost": sum(one.lost for one in everybody),
        "altered": sum(one.altered for one in everybody),
        "disordered": sum(one.disordered for one in everybody),
    }


def _missing(rooms: list[Room], sent: dict[int, int]) -> int:
    return sum(sent[room.pk] - one.received for room in rooms for one in room.subscribers)
