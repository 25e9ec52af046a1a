"""Rows that nobody can use any more."""

from . import sessions, tickets


def clear() -> int:
    """Remove them; answers how many. Every server does it once an hour, at any time is fine."""
    return tickets.clear_expired() + sessions.clear_expired()
