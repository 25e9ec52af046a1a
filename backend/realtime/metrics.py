"""What this process measures of itself, for Prometheus; `/metrics` adds the processes up.

Nothing here is done per delivery: counters move once per event or socket, gauges once a second.
Between several processes the numbers lie in files of `PROMETHEUS_MULTIPROC_DIR`, which `serve`
names before anything imports prometheus_client.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

from backend.chat import events
from backend.chat.models import Event

from .feed import Announced

if TYPE_CHECKING:
    from .hub import Hub

SECONDS = 1.0
# Clients can close with any number; only these get a series of their own.
CODES = {1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1012, 4400, 4401, 4403, 4408, 4429}

# The `live` modes forget a process that has ended.
SOCKETS = Gauge("parley_sockets", "Open sockets.", multiprocess_mode="livesum")
ROOMS = Gauge(
    "parley_rooms_subscribed",
    "Rooms with subscribers, counted by each process for itself.",
    multiprocess_mode="livesum",
)
WAITING = Gauge(
    "parley_frames_waiting",
    "Frames that wait in the outboxes of all sockets.",
    multiprocess_mode="livesum",
)
HEARTBEAT_AGE = Gauge(
    "parley_layer_heartbeat_age_seconds",
    "Since a process last heard the channel layer; the worst of them.",
    multiprocess_mode="livemax",
)
MESSAGES = Counter("parley_messages_total", "Messages accepted, repeats not among them.")
DELIVERY = Histogram(
    "parley_delivery_seconds",
    "From a message's time in the log, which is just before its commit, until it was handed to"
    " the sockets of a process; once for each process with subscribers. Clocks must agree.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
GAPS = Counter(
    "parley_gaps_repaired_total",
    "Times that a process missed events of a room and read them from the log.",
)
RESUMES = Counter("parley_resumes_total", "Subscriptions that began with an after_seq.")
CLOSES = Counter("parley_closes_total", "Sockets that ended, by close code.", ["code"])


def accepted(news: object) -> None:
    """A listener of `chat.events`, called in the committing thread."""
    if isinstance(news, events.Change):
        count = sum(event.kind == Event.Kind.MESSAGE_CREATED for event in news.events)
        if count:
            MESSAGES.inc(count)


def delivered(announced: Iterable[Announced]) -> None:
    now = time.time()
    for event in announced:
        if event.at is not None:
            DELIVERY.observe(max(0.0, now - event.at))


def closed(code: int) -> None:
    CLOSES.labels(str(code) if code in CODES else "other").inc()


async def watch(hub: "Hub") -> None:
    """Count messages and keep the gauges of this process, until cancelled."""
    events.listen(accepted)
    try:
        while True:
            SOCKETS.set(len(hub.connections))
            ROOMS.set(sum(1 for feed in hub.feeds.values() if feed.subscriptions))
            WAITING.set(sum(connection.outbox.waiting for connection in hub.connections))
            HEARTBEAT_AGE.set(hub.layer.heartbeat_age)
            await asyncio.sleep(SECONDS)
    finally:
        events.unlisten(accepted)
