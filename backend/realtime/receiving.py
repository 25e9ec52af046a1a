"""Receiving: every frame is answered by exactly one reply, in the order in which they came."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from django.utils import timezone
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from msgspec import Struct

from backend.chat import limits, resuming, text
from backend.chat.errors import RateLimited
from backend.chat.limits import Limit
from backend.chat.models import User
from backend.contract import checking, errors, frames, shapes

from . import access, hub
from .connection import HEARTBEAT_SECONDS, Connection
from .outbox import Outbox
from .protocol import FRAME_BYTES, BadFrame, Frame, parse

ACTION_SECONDS = 7.5
PIPELINED_MOST = 64
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass
class Reply:
    data: Any
    status: int = 200
    # What may only be sent behind the reply.
    then: Callable[[], None] | None = None


class Answer(NamedTuple):
    """A reply as a frame, and what may only be sent behind it."""

    frame: bytes
    then: Callable[[], None] | None = None


def takes(
    shape: type[Struct],
    *,
    name: str | None = None,
    limit: Limit | None = None,
    pipelined: bool = False,
) -> Callable[[Method], Method]:
    """Register a DCRF action whose arguments are checked as `shape`.

    A socket's frames are done one after the other. Those of a `pipelined` action begin while
    earlier ones of it are under way; they too are answered in order.
    """

    def decorate(method: Method) -> Method:
        registered = action(**({"name": name} if name else {}))(method)
        registered.shape = shape
        registered.limit = limit
        registered.pipelined = pipelined
        return registered

    return decorate


class FrameConsumer(GenericAsyncAPIConsumer):
    """DCRF's consumer with a receive loop of its own.

    Its registry of actions, its action names and the shape of its replies are kept; its way of
    receiving is replaced, because there a bad frame ends the socket, and because Channels would
    give every socket a channel of its own. See docs/decisions/0003 and 0005.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._under_way: list[asyncio.Task[Answer]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()  # websocket.connect
        subprotocol = next(iter(scope["subprotocols"]), None)
        await send({"type": "websocket.accept", "subprotocol": subprotocol})
        if scope["login"] is None:
            await self._turn_away(send)
            return
        code, opened_at = 1006, access.opened(scope["login"].user)
        address = (scope.get("client") or ("",))[0]
        ready_frames = scope["extensions"].get("parley.ready_frames", {})
        outbox = Outbox(send, ready_frames.get("write"))
        self.connection = Connection(hub.current(), scope["login"], address, outbox)
        try:
            self._take_in()
            self._greet()
            code = await self._receive_for_ever(receive)
        except asyncio.CancelledError:
            if not self.connection.aborted:
                raise
        finally:
            # Here and not in `disconnect()`, which is not called after every kind of end.
            code = self.connection.outbox.close_code or code
            self.connection.gone()
            access.ended(code, opened_at)

    def _take_in(self) -> None:
        if self.connection.hub.stopping:
            self.connection.close(1012, "restart", reconnect=True, retry_after_ms=1000)
        try:
            self.connection.hub.add(self.connection)
        except RateLimited as error:
            retry = error.retry_after_ms or 0
            self.connection.close(4429, "sockets", reconnect=True, retry_after_ms=retry)

    def _greet(self) -> None:
        self.connection.offer(frames.hello(self._greeting()))
        self.connection.renew(self.connection.login)

    async def _turn_away(self, send: Any) -> None:
        """Accept, say why, close: a browser cannot see why a handshake was refused."""
        refusal = self.scope["refusal"]
        code = 1012 if refusal.code == "unavailable" else 4401
        again = refusal.code in ("unavailable", "token_expired")
        access.ended(code)
        bye = frames.bye(
            code, refusal.code, reconnect=again, retry_after_ms=refusal.retry_after_ms or 0
        )
        await send({"type": "websocket.send", "text": bye.decode()})
        await send({"type": "websocket.close", "code": code})

    def _greeting(self) -> dict[str, Any]:
        return {
            "protocol": 1,
            "user": shapes.User.of(self.user),
            "epoch": self.connection.hub.epoch,
            "server_time": shapes.rfc3339(timezone.now()),
            "token_expires_at": shapes.from_timestamp(self.connection.login.expires_at),
            "heartbeat_seconds": HEARTBEAT_SECONDS,
            "limits": {
                "frame_bytes": FRAME_BYTES,
                "message_characters": text.MESSAGE_CHARACTERS,
                "resume_events": resuming.RESUME_MOST,
                "rooms_per_socket": limits.ROOMS_PER_SOCKET,
                "subscriptions_per_socket": limits.SUBSCRIPTIONS_PER_SOCKET,
                "sockets_per_person": limits.SOCKETS_PER_PERSON,
                "frames_per_10_seconds": limits.FRAMES.count,
                "messages_per_10_seconds": limits.MESSAGES.count,
            },
        }

    async def _receive_for_ever(self, receive: Any) -> int:
        """Until the socket is closed; with which code."""
        binary = 0
        while (message := await receive())["type"] == "websocket.receive":
            if self.connection.outbox.closing:
                continue
            if message.get("text") is None:
                binary += 1
                if binary > 1:
                    self.connection.close(1003, "binary", reconnect=False)
                await self._refuse(BadFrame(errors.Malformed("Binary frames mean nothing here.")))
                continue
            try:
                await self.handle_frame(parse(message["text"]))
            except BadFrame as bad:
                await self._refuse(bad)
        return message.get("code") or 1005

    async def _refuse(self, bad: BadFrame) -> None:
        await self._until_all_is_said()
        self.connection.offer(
            frames.refusal(
                action=bad.action, request_id=bad.request_id, error=bad.error, form=bad.form
            )
        )
        self.connection.malformed()

    async def handle_frame(self, frame: Frame) -> None:
        """Do what a frame asks and answer it, whatever happens."""
        method = getattr(self, self.available_actions.get(frame.action, ""), None)
        if method is not None and method.pipelined:
            task = asyncio.create_task(self._answer(frame, method))
            self._under_way.append(task)
            task.add_done_callback(lambda _: self._say_what_is_done())
            if len(self._under_way) >= PIPELINED_MOST:
                await self._until_all_is_said()
        else:
            await self._until_all_is_said()
            self._say(await self._answer(frame, method))

    async def _answer(self, frame: Frame, method: Any) -> Answer:
        try:
            self.connection.count_frame()
            if method is None:
                raise errors.UnknownAction
            if method.limit is not None:
                method.limit.check(self.user.pk)
            arguments = checking.check(checking.digits_as_pk(frame.arguments), method.shape)
            async with asyncio.timeout(ACTION_SECONDS):
                reply = await method(arguments, frame)
        except Exception as error:
            refusal = frames.refusal(
                action=frame.action,
                request_id=frame.request_id,
                error=errors.of(error),
                form=frame.form,
            )
            return Answer(refusal)
        said = frames.reply(
            action=frame.action,
            request_id=frame.request_id,
            status=reply.status,
            data=reply.data,
            form=frame.form,
        )
        return Answer(said, reply.then)

    def _say(self, *answers: Answer) -> None:
        self.connection.offer(*[answer.frame for answer in answers])
        for answer in answers:
            if answer.then is not None:
                answer.then()

    def _say_what_is_done(self) -> None:
        done: list[Answer] = []
        while self._under_way and self._under_way[0].done():
            task = self._under_way.pop(0)
            if not task.cancelled():
                done.append(task.result())
        if done:
            self._say(*done)

    async def _until_all_is_said(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)
            self._say_what_is_done()

    @property
    def user(self) -> User:
        return self.connection.user
