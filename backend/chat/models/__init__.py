"""The tables. What must always hold is a constraint here; the code gives the friendly message.

Nothing that a room's log names is ever removed by a cascade: people are deactivated, rooms hidden.
"""

from .log import Event, History, Mention, Message, Reaction
from .people import Session, Ticket, User
from .presence import Presence, Worker
from .rooms import AuditEntry, Ban, Membership, Mute, Room

__all__ = [
    "AuditEntry",
    "Ban",
    "Event",
    "History",
    "Membership",
    "Mention",
    "Message",
    "Mute",
    "Presence",
    "Reaction",
    "Room",
    "Session",
    "Ticket",
    "User",
    "Worker",
]
