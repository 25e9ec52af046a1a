"""How much of something one person, address or socket may do in a time.

Counted in this process, by the generic cell rate algorithm: even use passes, a burst of `count`
too. What attackers spread over processes (logins, registrations) is counted in Django's cache,
which is Redis where there is one; while it is away, each process counts for itself.
"""

import hashlib
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from .errors import RateLimited

_KEYS_MOST = 100_000
# When the burst of each (limit, key) is used up entirely, by time.monotonic().
_used_until: dict[tuple[str, object], float] = {}


@dataclass(frozen=True)
class Limit:
    """At most `count` in `seconds`, for each key."""

    name: str
    count: int
    seconds: float
    shared: bool = False

    def check(self, key: object) -> None:
        """Count one. Raises `RateLimited` with the time after which it passes."""
        if not settings.RATE_LIMITS:
            return
        wait = self._shared_wait(key) if self.shared else self._wait(key)
        if wait > 0:
            raise RateLimited(retry_after_ms=int(wait * 1000) + 1)

    def _wait(self, key: object) -> float:
        now = time.monotonic()
        interval = self.seconds / self.count
        used_until = max(_used_until.get((self.name, key), now), now)
        wait = used_until - now - (self.seconds - interval)
        if wait <= 0:
            if len(_used_until) >= _KEYS_MOST:
                _forget_idle(now)
            _used_until[self.name, key] = used_until + interval
        return wait

    def _shared_wait(self, key: object) -> float:
        window, left = divmod(time.time(), self.seconds)
        # Names and addresses are no business of whoever looks into the cache.
        digest = hashlib.sha256(f"{self.name}:{key}:{window}".encode(errors="replace")).hexdigest()
        try:
            cache.add(digest, 0, timeout=self.seconds)
            counted = cache.incr(digest)
        except Exception:
            return self._wait(key)
        return self.seconds - left if counted > self.count else 0


def _forget_idle(now: float) -> None:
    for key in [key for key, until in _used_until.items() if until <= now]:
        del _used_until[key]


LOGINS_PER_ADDRESS = Limit("logins of an address", 60, 60, shared=True)
LOGINS_PER_NAME = Limit("logins with a name", 20, 60, shared=True)
REGISTRATIONS = Limit("registrations of an address", 60, 3600, shared=True)
MESSAGES = Limit("messages of a person", 100, 10)
READS = Limit("reads of a person", 300, 10)
SEARCHES = Limit("searches of a person", 30, 10)
TYPING = Limit("typing of a person", 30, 10)
ROOMS = Limit("new rooms of a person", 60, 60)
TICKETS = Limit("tickets of a person", 60, 60)
FRAMES = Limit("frames of a socket", 1000, 10)

SOCKETS_PER_PERSON = 50
SOCKETS_PER_ADDRESS = 2000
ROOMS_PER_SOCKET = 500
SUBSCRIPTIONS_PER_SOCKET = 1000
