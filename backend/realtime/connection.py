"""One socket: what it was told, what it joined and subscribed to, and how it ends."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from backend.chat import limits
from backend.chat.errors import RateLimited
from backend.chat.models import User
from backend.contract import frames
from backend.contract.tokens import Login

from .outbox import Outbox

if TYPE_CHECKING:
    from .feed import Subscription
    from .hub import Hub
    from .presence import Joined

MALFORMED_MOST, MALFORMED_SECONDS = 10, 60.0
ABORT_SECONDS = 5.0
HEARTBEAT_SECONDS = 25
EXPIRING_SECONDS = 60
OVER_RATE_SECONDS = 10.0


class Key(NamedTuple):
    """What a socket calls a subscription; `request_id` as JSON, so that 1 and "1" are two."""

    room: int
    request_id: bytes
    instance: bool = False


class Connection:
    """A socket that was let in. It belongs to the event loop's thread."""

    def __init__(self, hub: Hub, login: Login, address: str, outbox: Outbox) -> None:
        self.hub = hub
        self.login = login
        self.address = address
        self.outbox = outbox
        self.joined: dict[int, Joined] = {}
        self.last_joined: int | None = None
        self.subscribed: dict[Key, Subscription] = {}
        self._malformed: list[float] = []
        self._refused_since = self._last_refused = 0.0
        self._heartbeat_due = time.monotonic() + HEARTBEAT_SECONDS
        self._task = asyncio.current_task()
        self._aborted = False
        self._expiring_at = self._expires_at = math.inf

    @property
    def user(self) -> User:
        return self.login.user

    def offer(self, *frames: bytes) -> None:
        if not self.outbox.offer(frames):
            self.cut()

    def keep(self, key: Key, subscription: Subscription) -> None:
        """The same key again replaces what it stood for."""
        if earlier := self.subscribed.pop(key, None):
            self.hub.unsubscribe(earlier)
        self.subscribed[key] = subscription

    def forget(self, subscription: Subscription) -> None:
        self.subscribed = {k: s for k, s in self.subscribed.items() if s is not subscription}

    def unsubscribe(self, room: int, *, instance: bool | None = None) -> None:
        """End this socket's subscriptions to a room: of messages, of the instance, or both."""
        for key, subscription in list(self.subscribed.items()):
            if key.room == room and instance in (None, key.instance):
                del self.subscribed[key]
                self.hub.unsubscribe(subscription)

    def end(self, room: int, reason: str) -> None:
        """End this socket's subscriptions to a room, and say why."""
        for key, subscription in list(self.subscribed.items()):
            if key.room == room:
                subscription.end(reason)

    def heads(self) -> dict[str, int]:
        """How far each subscribed room has come, for the client to notice what it lacks."""
        return {str(key.room): s.feed.head for key, s in self.subscribed.items()}

    # -- the passing of time ------------------------------------------------------------------

    def tick(self, now: float) -> None:
        if self.outbox.is_stuck(now):
            self.cut()
        elif now >= self._heartbeat_due:
            self._heartbeat_due = now + HEARTBEAT_SECONDS
            self.offer(frames.notice("heartbeat", {"heads": self.heads()}))
        self._check_login(now)

    def renew(self, login: Login) -> None:
        """Live as long as this login: the first one, or a fresh token of the same person."""
        self.login = login
        self._expires_at = time.monotonic() + login.expires_at - time.time()
        self._expiring_at = self._expires_at - EXPIRING_SECONDS
        self._check_login(time.monotonic())

    def _check_login(self, now: float) -> None:
        if now >= self._expires_at:
            self.close(4401, "token_expired", reconnect=True, at_once=True)
        elif now >= self._expiring_at:
            self._expiring_at = math.inf
            left = math.ceil(self.login.expires_at - time.time())
            self.offer(frames.notice("token_expiring", {"expires_in": left}))

    def malformed(self) -> None:
        """Count a malformed frame; too many within a minute end the socket."""
        now = time.monotonic()
        recent = [at for at in self._malformed if now - at < MALFORMED_SECONDS]
        self._malformed = [*recent, now]
        if len(self._malformed) >= MALFORMED_MOST:
            self.close(4400, "malformed", reconnect=False)

    def count_frame(self) -> None:
        """Raise `RateLimited` over the rate; whoever stays over it for long is sent away."""
        try:
            limits.FRAMES.check(id(self))
        except RateLimited as error:
            now = time.monotonic()
            if now - self._last_refused > 1:
                self._refused_since = now
            self._last_refused = now
            if now - self._refused_since > OVER_RATE_SECONDS:
                retry = error.retry_after_ms or 0
                self.close(4429, "frames", reconnect=True, retry_after_ms=retry)
            raise

    def check_room_for_one_more(self, room: int) -> None:
        full = settings.RATE_LIMITS and len(self.joined) >= limits.ROOMS_PER_SOCKET
        if full and room not in self.joined:
            raise RateLimited("Leave a room first.", retry_after_ms=1000)

    def check_subscriptions(self) -> None:
        if settings.RATE_LIMITS and len(self.subscribed) >= limits.SUBSCRIPTIONS_PER_SOCKET:
            raise RateLimited("End a subscription first.", retry_after_ms=1000)

    # -- the end ------------------------------------------------------------------------------

    def cut(self) -> None:
        """The client reads too slowly."""
        self.close(4408, "slow", reconnect=True, at_once=True)

    def close(
        self,
        code: int,
        reason: str,
        *,
        reconnect: bool,
        retry_after_ms: int = 0,
        at_once: bool = False,
    ) -> None:
        """Say bye and close; `at_once`: without what still waits to be sent."""
        if self.outbox.closing:
            return
        bye = frames.bye(code, reason, reconnect=reconnect, retry_after_ms=retry_after_ms)
        self.outbox.close(code, bye, at_once=at_once)
        self.hub.discard(self)
        self.hub.loop.call_later(ABORT_SECONDS, self.abort)

    def abort(self) -> None:
        """End it now, whatever the other end does."""
        if self._task is not None and not self._task.done():
            self._aborted = True
            self._task.cancel()

    @property
    def aborted(self) -> bool:
        return self._aborted

    @property
    def ended(self) -> bool:
        return self._task is None

    def gone(self) -> None:
        """Clean up; called once, however the socket ended."""
        self._task = None
        self.outbox.stop()
        self.hub.discard(self)
