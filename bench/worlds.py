"""What a database holds before a measurement."""

import json
from dataclasses import asdict, dataclass

# Name of a kind of room: how many of them, and how many members each.
# The people of such rooms follow one another: room 0 has persons 0..n-1, room 1 the next ones.
ROOMS = {
    "hall": (1, 5000),
    "two_hundred": (1, 200),
    "fifties": (100, 50),
    "fours": (1000, 4),
    "archive": (1, 4),
}


@dataclass(frozen=True)
class World:
    """`archived`: how many messages the room `archive` has; all other rooms have none."""

    people: int = 5000
    archived: int = 0

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "rooms": ROOMS})


def members(kind: str, room: int) -> range:
    """Who belongs to the `room`-th room of this kind."""
    size = ROOMS[kind][1]
    return range(room * size, (room + 1) * size)
