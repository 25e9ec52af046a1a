"""What the tests of the hub share: sockets that subscribed, and people who speak."""

from backend.chat import messages
from backend.chat.models import User
from backend.contract.frames import FLAT, Address
from backend.realtime.connection import Key
from backend.realtime.database import run
from backend.realtime.hub import Hub

from .fakes import FakeConnection

# The hubs of the fixtures look around this often.
TICK = 0.2


def subscribe(hub: Hub, user: User, room: int, head_seq: int = 2) -> FakeConnection:
    connection = FakeConnection(user)
    hub.add(connection)  # type: ignore[arg-type]
    subscription = hub.subscribe(connection, room=room, address=Address.of(FLAT, 1))  # type: ignore[arg-type]
    connection.subscribed[Key(room, "1")] = subscription
    hub.started(room, head_seq)
    hub.release(subscription, [], head_seq=head_seq)
    return connection


async def say(author: User, room: int, *texts: str) -> None:
    for text in texts:
        await run(messages.post, author=author, room=room, message=text)
