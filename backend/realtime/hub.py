"""The hub: one per process. It brings every event of a room to the sockets that subscribed to it.

Events come from this process's own commits (`publish`), from other processes through the channel
layer, and from the log itself: a gap is read after a moment, and once a second the heads of all
rooms with somebody here are compared with the log. So the layer only makes it quick.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer
from django.conf import settings

from backend.chat import events, limits, rooms, unread, waiting
from backend.chat.errors import RateLimited
from backend.contract import frames, tokens

from . import announcing, metrics
from .announcing import Announcement, announcement, read_on
from .database import run, run_at_start
from .feed import Announced, Feed, Subscription
from .gathering import Gathered
from .inbox import LocalInboxes
from .layer import Layer
from .posting import LocalPosting
from .presence import LocalPresence
from .sweep import Sweep
from .typing import LocalTyping

if TYPE_CHECKING:
    from .connection import Connection

logger = logging.getLogger(__name__)

# Announcements of two processes cross; a gap is given this long to close by itself.
GAP_SECONDS = 0.04
RETRY_SPREAD_MS = 5000
DRAIN_SECONDS = 1.0


class Hub:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.layer = Layer(get_channel_layer(), self._receive)
        self.feeds: dict[int, Feed] = {}
        self.connections: set[Connection] = set()
        self.arriving = asyncio.Lock()
        self.logins = Gathered(tokens.authenticate_all, self.arriving)
        self.rejoining = Gathered(rooms.rejoin_all, self.arriving)
        self.resuming = Gathered(announcing.resume_all, self.arriving)
        self.presence = LocalPresence(self)
        self.typing = LocalTyping(self)
        self.inboxes = LocalInboxes(self)
        self.posting = LocalPosting(self)
        self.stopping = False
        # Of the database as it was when this process started: after a restore it has to start anew.
        self.epoch = ""
        # By person (pk) and by address (text).
        self._sockets: Counter[int | str] = Counter()
        self._repairing: set[int] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        await self.presence.start()
        self.epoch = await run_at_start(events.epoch)
        self.layer.start(group=f"parley.{self.epoch}")
        events.listen(self.publish)
        sweep = Sweep(self)
        self.spawn(sweep.run())
        self.spawn(sweep.tick())
        self.spawn(metrics.watch(self))

    async def stop(self) -> None:
        """Say goodbye to everyone, with return times spread out, and end what the hub runs."""
        if self.stopping:
            return
        self.stopping = True
        # A load balancer that asks /readyz has this long to send newcomers elsewhere.
        await asyncio.sleep(DRAIN_SECONDS)
        leaving = list(self.connections)
        for connection in leaving:
            retry = random.randint(0, RETRY_SPREAD_MS)  # noqa: S311
            connection.close(1012, "restart", reconnect=True, retry_after_ms=retry)
        deadline = time.monotonic() + 3
        while not all(c.ended for c in leaving) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        for connection in leaving:
            connection.abort()
        events.unlisten(self.publish)
        await self.layer.stop()
        for task in list(self._tasks):
            task.cancel()
        await self.presence.stop()

    def spawn(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- sockets ------------------------------------------------------------------------------

    def add(self, connection: "Connection") -> None:
        """Take a socket in. Raises `RateLimited` when its person or address has too many."""
        person, address = connection.user.pk, connection.address
        if settings.RATE_LIMITS and (
            self._sockets[person] >= limits.SOCKETS_PER_PERSON
            or self._sockets[address] >= limits.SOCKETS_PER_ADDRESS
        ):
            raise RateLimited("Too many sockets.", retry_after_ms=RETRY_SPREAD_MS)
        self.connections.add(connection)
        self._sockets.update([person, address])

    def discard(self, connection: "Connection") -> None:
        """Forget a socket that is gone.

        Called when it is closed and again when it has ended: an action under way between the two
        may have joined or subscribed once more.
        """
        if connection in self.connections:
            self.connections.discard(connection)
            for key in (connection.user.pk, connection.address):
                self._sockets[key] -= 1
                if not self._sockets[key]:
                    del self._sockets[key]
        self.presence.lost(connection)
        for subscription in connection.subscribed.values():
            self.unsubscribe(subscription)
        connection.subscribed.clear()
        self.inboxes.close(connection)

    # -- subscriptions ------------------------------------------------------------------------

    def subscribe(
        self,
        connection: "Connection",
        *,
        room: int,
        address: frames.Address,
        of_instance: bool = False,
    ) -> Subscription:
        """Register, so that nothing is missed while the log is read; then `release` it."""
        feed = self.feed(room)
        subscription = Subscription(feed, connection, address, of_instance)
        feed.subscriptions.add(subscription)
        return subscription

    def release(
        self, subscription: Subscription, missed: Iterable[Announced], *, head_seq: int
    ) -> None:
        """Begin to deliver, once the reply is sent."""
        if not subscription.release(missed, head_seq=head_seq):
            self.repair(subscription.feed.room)

    def unsubscribe(self, subscription: Subscription) -> None:
        subscription.feed.subscriptions.discard(subscription)
        self.tidy(subscription.feed.room)

    def feed(self, room: int) -> Feed:
        feed = self.feeds.get(room)
        if feed is None:
            feed = self.feeds[room] = Feed(room)
        return feed

    def started(self, room: int, head_seq: int) -> None:
        """Somebody read the room up to `head_seq`: from there the feed can tell a gap."""
        self._act_on(room, self.feed(room).start(head_seq))

    def tidy(self, room: int) -> None:
        """Forget a room that nobody here has to do with any more."""
        feed = self.feeds.get(room)
        if feed is not None and not feed.subscriptions and not self.presence.has(room):
            del self.feeds[room]

    # -- events -------------------------------------------------------------------------------

    def publish(self, news: events.Change | unread.Marker) -> None:
        """Take what this process committed; called in the committing thread."""
        if isinstance(news, unread.Marker):
            self.loop.call_soon_threadsafe(self._marked, news)
        else:
            self.loop.call_soon_threadsafe(self._committed, announcement(news))

    def _marked(self, marker: unread.Marker) -> None:
        self.inboxes.touched(marker.user, marker.room)
        self.layer.send({"kind": "marked", "room": marker.room, "user": marker.user})

    def _committed(self, news: Announcement) -> None:
        self._take(news)
        self.layer.send({"kind": "news", **news.to_message()})

    def _receive(self, message: dict[str, Any]) -> None:
        """From another process."""
        match message.pop("kind"):
            case "news":
                self._take(Announcement.of_message(message))
            case "marked":
                self.inboxes.touched(message["user"], message["room"])
            case "presence":
                self.presence.touched(message["room"])
            case "typing":
                self.typing.show(message["room"], message["user"], message["typing"])

    def _take(self, news: Announcement) -> None:
        if feed := self.feeds.get(news.room):
            self._act_on(news.room, feed.push(news.events))
            if news.gone_tail is not None:
                feed.close(news.gone_tail)
                self.presence.room_deleted(news.room)
                self.feeds.pop(news.room, None)
            elif feed.has_gap:
                self.loop.call_later(GAP_SECONDS, self._repair_if_needed, news.room)
        self.inboxes.take(news)
        waiting.wake(news.room)

    def _act_on(self, room: int, delivered: list[Any]) -> None:
        if (feed := self.feeds.get(room)) and feed.subscriptions:
            metrics.delivered(delivered)
        for event in delivered:
            if event.left is not None:
                self.presence.evict(room, user=event.left, before_seq=event.seq)

    def _repair_if_needed(self, room: int) -> None:
        if (feed := self.feeds.get(room)) and feed.has_gap:
            self.repair(room)

    def repair(self, room: int) -> None:
        """Read the log from where the feed stands; one read per room at a time."""
        if room not in self._repairing:
            self._repairing.add(room)
            self.spawn(self._repair(room))

    async def _repair(self, room: int) -> None:
        try:
            if (feed := self.feeds.get(room)) and feed.next_seq is not None:
                head = feed.head
                news = await run(read_on, room, head)
                if news.events and feed.head == head:  # nothing else has brought them meanwhile
                    metrics.GAPS.inc()
                self._take(news)
        except Exception as error:
            logger.warning("could not read the log of a room: %s", type(error).__name__)
        finally:
            self._repairing.discard(room)


_running: Hub | None = None


async def start() -> Hub:
    """Start this process's hub, in the running event loop."""
    global _running
    _running = Hub()
    await _running.start()
    return _running


def running() -> Hub | None:
    """This process's hub; None in a process that serves nobody."""
    return _running


def current() -> Hub:
    if _running is None:
        raise RuntimeError("The hub is not running: serve the application with its lifespan.")
    return _running
