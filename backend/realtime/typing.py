"""Who is typing: told to the others present, in no log, over by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from backend.contract import frames, shapes

if TYPE_CHECKING:
    from .connection import Connection
    from .hub import Hub

ENDS_AFTER_SECONDS = 6.0


class LocalTyping:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._until: dict[tuple[int, int], asyncio.TimerHandle] = {}
        # By room, as they are shown: people of this process.
        self._typing: dict[int, dict[int, Any]] = {}

    def set(self, connection: Connection, room: int, typing: bool) -> None:
        """The person behind this socket began or ended typing. A repetition only prolongs it."""
        user = frames.as_data(shapes.User.of(connection.user))
        timer = self._until.pop((room, user["pk"]), None)
        if timer is not None:
            timer.cancel()
        if typing:
            self._until[room, user["pk"]] = self._hub.loop.call_later(
                ENDS_AFTER_SECONDS, self._over, room, user
            )
        if typing != (timer is not None):
            self._tell(room, user, typing)

    def greet(self, connection: Connection, room: int) -> None:
        """Tell who just came into the room who is typing there."""
        joined = connection.joined.get(room)
        if joined is None:  # closed in the meantime
            return
        for user in self._typing.get(room, {}).values():
            if user["pk"] != connection.user.pk:
                connection.offer(joined.form.frame(_notice(room, user, True)))

    def _over(self, room: int, user: dict[str, Any]) -> None:
        self._until.pop((room, user["pk"]), None)
        self._tell(room, user, False)

    def _tell(self, room: int, user: dict[str, Any], typing: bool) -> None:
        self.show(room, user, typing)
        self._hub.layer.send({"kind": "typing", "room": room, "user": user, "typing": typing})
        people = self._typing.setdefault(room, {})
        if typing:
            people[user["pk"]] = user
        else:
            people.pop(user["pk"], None)
        if not people:
            del self._typing[room]

    def show(self, room: int, user: dict[str, Any], typing: bool) -> None:
        notice = _notice(room, user, typing)
        for connection in self._hub.presence.others(room, than=user["pk"]):
            connection.offer(connection.joined[room].form.frame(notice))


def _notice(room: int, user: dict[str, Any], typing: bool) -> bytes:
    return frames.notice("typing", {"user": user, "typing": typing}, room=room)
