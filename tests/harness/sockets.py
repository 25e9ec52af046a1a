"""A plain WebSocket client that keeps a journal, for tests that read like a conversation."""

import itertools
import json
import time
from collections import deque
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from .contract import Contract

Frame = dict[str, Any]


def dial(url: str, query: Any = (), **options: Any) -> ClientConnection:
    """Open a WebSocket without proxies, compression, pings of our own, or limits for reading."""
    if query:
        url = f"{url}?{urlencode(query)}"
    settings: dict[str, Any] = {
        "compression": None,
        "proxy": None,
        "ping_interval": None,
        "close_timeout": 5,
        "max_size": None,
        "max_queue": None,
        "legacy": True,
    }
    return connect(url, **{**settings, **options})


def is_reply(frame: Frame) -> bool:
    """What nobody asked for names its room: events, and frames of a watched instance."""
    return "response_status" in frame and "room" not in frame and frame["action"] != "hello"


class Socket:
    """One connection. With a `stream`, frames go and are expected in dcrf-client's envelope.

    Frames that were not waited for are kept in the order in which they came; `journal` holds all.
    """

    def __init__(
        self,
        url: str,
        query: Any = (),
        *,
        contract: Contract,
        stream: str | None = None,
        **options: Any,
    ) -> None:
        self._contract = contract
        self.stream = stream
        self.journal: list[Frame] = []
        self.pending: deque[Frame] = deque()
        self._ids = itertools.count(1)
        self.close_code: int | None = None
        self.ws = dial(url, query, **options)
        self.hello = self.read(5)
        self._first_was_hello = self.hello["action"] == "hello"

    # -- sending -----------------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """A frame in this socket's form."""
        self.ws.send(
            json.dumps({"stream": self.stream, "payload": frame} if self.stream else frame)
        )

    def next_id(self) -> int:
        return next(self._ids)

    def request(self, action: str, /, *, timeout: float = 10, **fields: Any) -> Frame:
        """Send an action and wait for its reply; whatever else comes meanwhile is kept."""
        request_id = fields.setdefault("request_id", self.next_id())
        frame = {"action": action, **fields}
        self.send(frame)
        reply = self.reply(request_id, timeout=timeout)
        if reply["response_status"] < 400:
            self._contract.check_sent(frame)
        return reply

    # -- receiving ---------------------------------------------------------------------------

    def read(self, timeout: float) -> Frame:
        """The next frame off the wire, out of its envelope, checked and put in the journal."""
        try:
            text = self.ws.recv(timeout)
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else 1006
            raise
        frame: Frame = json.loads(text)
        if "payload" in frame:
            assert set(frame) == {"stream", "payload"}, frame
            assert frame["stream"] == self.stream, frame
            frame = frame["payload"]
        else:
            unenveloped = ("hello", "heartbeat", "token_expiring", "bye")
            assert self.stream is None or frame["action"] in unenveloped, frame
        self._contract.check_frame(frame)
        self.journal.append(frame)
        return frame

    def _find(self, wanted: Any, timeout: float, what: str) -> Frame:
        for frame in self.pending:
            if wanted(frame):
                self.pending.remove(frame)
                return frame
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = self.read(left)
            except TimeoutError:
                break
            if wanted(frame):
                return frame
            self.pending.append(frame)
        raise AssertionError(f"no {what} within {timeout} s; waiting: {list(self.pending)}")

    def reply(self, request_id: Any, *, timeout: float = 10) -> Frame:
        """The reply to a request that was sent before."""

        def wanted(frame: Frame) -> bool:
            return is_reply(frame) and frame["request_id"] == request_id

        return self._find(wanted, timeout, f"reply to {request_id}")

    def event(self, timeout: float = 3, **match: Any) -> Frame:
        """The next frame that nobody asked for, with these values: `event(action="presence")`."""

        def wanted(frame: Frame) -> bool:
            return all(frame.get(key) == value for key, value in match.items())

        return self._find(wanted, timeout, f"frame with {match}")

    def events(self, count: int, timeout: float = 10, **match: Any) -> list[Frame]:
        """The next `count` events of subscriptions, in the order in which they came."""
        found: list[Frame] = []
        deadline = time.monotonic() + timeout

        def wanted(frame: Frame) -> bool:
            return "event" in frame and all(frame.get(k) == v for k, v in match.items())

        while len(found) < count:
            left = max(deadline - time.monotonic(), 0.01)
            found.append(self._find(wanted, left, f"event {len(found) + 1} of {count} {match}"))
        return found

    def settle(self, seconds: float = 0) -> list[Frame]:
        """Whatever came and was not waited for; a `ping` shows that what was sent before is in."""
        if seconds:
            deadline = time.monotonic() + seconds
            while (left := deadline - time.monotonic()) > 0:
                try:
                    self.pending.append(self.read(left))
                except TimeoutError:
                    break
        else:
            assert self.request("ping")["response_status"] == 200
        frames = list(self.pending)
        self.pending.clear()
        return frames

    def is_alive(self) -> bool:
        return bool(self.request("ping")["response_status"] == 200)

    def closing(self, timeout: float = 5) -> tuple[Frame | None, int | None]:
        """Read until the server closes: the `bye` that it sent, if any, and the close code."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                self.pending.append(self.read(max(deadline - time.monotonic(), 0.01)))
        except TimeoutError:
            raise AssertionError(f"still open after {timeout} s: {list(self.pending)}") from None
        except ConnectionClosed:
            pass
        last = self.journal[-1] if self.journal else None
        return (last if last and last["action"] == "bye" else None), self.close_code

    def close(self) -> None:
        self.ws.close()

    # -- the journal's own checks ------------------------------------------------------------

    def check_journal(self) -> None:
        """What holds for every socket, whatever the test was about."""
        actions = [frame["action"] for frame in self.journal]
        assert actions.count("hello") <= 1, "hello came twice"
        assert "bye" not in actions[:-1], "something came after bye"
        _check_subscriptions(self.journal)


def _check_subscriptions(journal: list[Frame]) -> None:
    """Per subscription: only after its reply, each seq once and in order, nothing after its end."""
    heads: dict[tuple[Any, int], int | None] = {}
    for frame in journal:
        data = frame.get("data") or {}
        if is_reply(frame) and frame["action"] == "subscribe_to_messages_in_room":
            if frame["response_status"] == 201:
                heads[frame["request_id"], data["room"]] = None
        elif "event" in frame:
            key = frame["request_id"], frame["room"]
            assert key in heads, f"an event without a subscription: {frame}"
            last = heads[key]
            assert last is None or frame["seq"] == last + 1, f"{last} was followed by {frame}"
            heads[key] = frame["seq"]
        elif frame["action"] == "subscription.ended":
            heads.pop((frame["request_id"], frame["room"]), None)


def assert_refused(
    reply: Frame, status: int, code: str | tuple[str, ...], field: str | None = None
) -> Frame:
    """An error reply of the one shape."""
    codes = (code,) if isinstance(code, str) else code
    assert reply["response_status"] == status, reply
    assert reply["errors"], reply
    assert reply["errors"][0]["code"] in codes, reply
    if field is not None:
        assert reply["errors"][0]["field"] == field, reply
    return reply


def ok(reply: Frame, status: int = 200) -> Any:
    """The data of a reply that is no error."""
    assert (reply["response_status"], reply["errors"]) == (status, []), reply
    return reply["data"]


def subscribe(socket: Socket, room: int, **fields: Any) -> Frame:
    reply = socket.request("subscribe_to_messages_in_room", pk=room, **fields)
    assert reply["response_status"] == 201, reply
    return reply


def seqs(frames: list[Frame]) -> list[int]:
    return [frame["seq"] for frame in frames]


def answer_to(socket: Socket, text: str) -> Frame:
    """The one reply to a raw text; a ping after it must still be answered, and in order."""
    socket.ws.send(text)
    reply = socket.read(5)
    assert socket.is_alive()
    assert not socket.pending, socket.pending
    return reply
