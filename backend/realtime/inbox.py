"""The inbox: one subscription over all rooms of a person, on every socket that asked for it.

What a new message does to a room's counts is reckoned here; for all else that may have changed them
(a deletion, an edit, a gap) the database is asked, for all people and rooms of a second at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from backend.chat import rooms, unread
from backend.chat.errors import ChatError
from backend.chat.models import User
from backend.chat.unread import Marker, Unread
from backend.contract import answers, frames, shapes
from backend.contract.frames import Address

from .database import run

if TYPE_CHECKING:
    from .announcing import Announcement
    from .connection import Connection
    from .feed import Announced
    from .hub import Hub

# Everything is compared with the database this often, and every second while the layer is not
# heard: memberships that began or ended elsewhere have no other way to be noticed then.
REVIEW_SECONDS = 10.0


class Inbox:
    """One person's rooms, as their sockets were told last."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.markers: dict[int, Marker] = {}
        self.told: dict[int, Marker] = {}
        # None: its reply is not sent yet.
        self.subscriptions: dict[tuple[Connection, bytes], Address | None] = {}

    def send(self, action: str, room: int, data: Any) -> None:
        tail = frames.inbox_tail(action, room, data)
        for (connection, _), address in self.subscriptions.items():
            if address is not None:
                connection.offer(address.frame(tail))


class Opened:
    """A subscription whose reply is not sent yet."""

    def __init__(self, inbox: Inbox, key: tuple[Connection, bytes], address: Address) -> None:
        self._inbox, self._key, self._address = inbox, key, address

    def overview(self) -> list[dict[str, int]]:
        return [
            {
                "pk": marker.room,
                "head_seq": marker.head_seq,
                "unread_count": marker.unread.messages,
            }
            for marker in self._inbox.markers.values()
        ]

    def release(self) -> None:
        self._inbox.subscriptions[self._key] = self._address


class LocalInboxes:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._inboxes: dict[int, Inbox] = {}
        self._by_room: defaultdict[int, set[Inbox]] = defaultdict(set)
        # (person, room) whose counts the database has to tell.
        self._stale: set[tuple[int, int]] = set()
        self._changed: set[tuple[int, int]] = set()
        self._reviewed = 0.0
        self._unreviewed: set[int] = set()

    async def open(self, connection: Connection, key: bytes, address: Address) -> Opened:
        user = connection.user
        markers = await run(unread.markers, users=[user.pk])
        inbox = self._inboxes.setdefault(user.pk, Inbox(user))
        inbox.subscriptions.setdefault((connection, key))
        for marker in markers:
            self._learn(inbox, marker)
            inbox.told.setdefault(marker.room, marker)
        self._unreviewed.add(user.pk)  # for what happened since the markers were read
        return Opened(inbox, (connection, key), address)

    def close(self, connection: Connection) -> None:
        inbox = self._inboxes.get(connection.user.pk)
        if inbox is None:
            return
        for key in [key for key in inbox.subscriptions if key[0] is connection]:
            del inbox.subscriptions[key]
        if not inbox.subscriptions:
            self._inboxes.pop(inbox.user.pk, None)
            for room in list(inbox.markers):
                self._forget(inbox, room)

    def rooms(self) -> Iterable[int]:
        """Rooms whose heads somebody's inbox wants to be compared."""
        return self._by_room.keys()

    # -- what happens -------------------------------------------------------------------------

    def take(self, news: Announcement) -> None:
        """What the rooms say, in whatever order it comes."""
        for event in news.events:
            if event.joined in self._inboxes:
                self._hub.spawn(self._joined(self._inboxes[event.joined], news.room))
            if event.left in self._inboxes:
                inbox = self._inboxes[event.left]
                marker = inbox.markers.get(news.room)
                # A late one: the person is back, and their marker was read past it.
                if marker is not None and marker.head_seq < event.seq:
                    self._left(inbox, news.room, event.reason)
            for inbox in self._by_room.get(news.room, ()):
                self._reckon(inbox, news.room, event)
        if news.gone_tail is not None:
            for inbox in list(self._by_room.get(news.room, ())):
                self._left(inbox, news.room, "room_deleted")

    def behind(self, room: int, head: int) -> None:
        """The log has come to `head`; whoever was not told has to ask."""
        for inbox in self._by_room.get(room, ()):
            if inbox.markers[room].head_seq < head:
                self._stale.add((inbox.user.pk, room))

    def touched(self, user: int, room: int) -> None:
        """The person read on, maybe on another device."""
        inbox = self._inboxes.get(user)
        if inbox is not None and room in inbox.markers:
            self._stale.add((user, room))

    def _reckon(self, inbox: Inbox, room: int, event: Announced) -> None:
        before = inbox.markers[room]
        if event.seq <= before.head_seq:
            return
        key = inbox.user.pk, room
        if event.seq > before.head_seq + 1 or event.author is None:
            self._stale.add(key)
            return
        if event.author == inbox.user.pk:
            now = Marker(room, inbox.user.pk, event.seq, event.seq, Unread())
        else:
            counted = Unread(
                before.unread.messages + 1,
                before.unread.mentions + (inbox.user.pk in event.mentions),
            )
            now = Marker(room, inbox.user.pk, event.seq, before.last_read_seq, counted)
        inbox.markers[room] = now
        self._changed.add(key)

    async def _joined(self, inbox: Inbox, room: int) -> None:
        try:
            view = await run(rooms.view, viewer=inbox.user, room=room)
        except ChatError:
            return  # and gone again
        if self._inboxes.get(inbox.user.pk) is not inbox:
            return  # closed meanwhile
        own = view.membership
        if own is not None and room not in inbox.markers:
            marker = Marker(room, inbox.user.pk, view.room.last_seq, own.last_read_seq, view.unread)
            self._learn(inbox, marker)
            inbox.told[room] = marker
            inbox.send("inbox.joined", room, shapes.Room.of(view))

    def _left(self, inbox: Inbox, room: int, reason: str) -> None:
        if room in inbox.markers:
            self._forget(inbox, room)
            inbox.send("inbox.left", room, {"reason": reason})

    def _learn(self, inbox: Inbox, marker: Marker) -> None:
        inbox.markers[marker.room] = marker
        self._by_room[marker.room].add(inbox)
        self._changed.add((inbox.user.pk, marker.room))

    def _forget(self, inbox: Inbox, room: int) -> None:
        inbox.markers.pop(room, None)
        inbox.told.pop(room, None)
        self._by_room[room].discard(inbox)
        if not self._by_room[room]:
            del self._by_room[room]

    # -- once a second ------------------------------------------------------------------------

    async def tick(self, now: float) -> None:
        every = 0.0 if not self._hub.layer.is_heard else REVIEW_SECONDS
        if now - self._reviewed >= every:
            self._reviewed = now
            self._unreviewed.update(self._inboxes)
        unreviewed, self._unreviewed = self._unreviewed & self._inboxes.keys(), set()
        if unreviewed:
            await self._review([self._inboxes[user] for user in unreviewed])
        if self._stale:
            stale, self._stale = self._stale, set()
            users, pks = {user for user, _ in stale}, {room for _, room in stale}
            for marker in await run(unread.markers, users=users, rooms=pks):
                if inbox := self._inboxes.get(marker.user):
                    self._update(inbox, marker)
        changed, self._changed = self._changed, set()
        for user, room in changed:
            if inbox := self._inboxes.get(user):
                self._tell(inbox, room)

    async def _review(self, inboxes: list[Inbox]) -> None:
        """Compare everything of these people, memberships too."""
        known = {inbox.user.pk: set(inbox.markers) for inbox in inboxes}
        found: defaultdict[int, dict[int, Marker]] = defaultdict(dict)
        for marker in await run(unread.markers, users=list(known)):
            found[marker.user][marker.room] = marker
        for inbox in [i for i in inboxes if self._inboxes.get(i.user.pk) is i]:
            own = found[inbox.user.pk]
            for room in known[inbox.user.pk] - own.keys():
                self._left(inbox, room, await run(rooms.why_gone, user=inbox.user, room=room))
            for room, marker in own.items():
                if room in inbox.markers:
                    self._update(inbox, marker)
                elif room not in known[inbox.user.pk]:
                    await self._joined(inbox, room)

    def _update(self, inbox: Inbox, marker: Marker) -> None:
        known, key = inbox.markers.get(marker.room), (inbox.user.pk, marker.room)
        if known is None or marker == known:
            return
        if marker.head_seq < known.head_seq:
            self._stale.add(key)  # read before a message that was reckoned meanwhile: ask again
        else:
            inbox.markers[marker.room] = marker
            self._changed.add(key)

    def _tell(self, inbox: Inbox, room: int) -> None:
        marker = inbox.markers.get(room)
        if marker is not None and inbox.told.get(room) != marker:
            inbox.told[room] = marker
            entry = answers.InboxEntry(
                marker.head_seq,
                marker.unread.messages,
                marker.unread.mentions,
                marker.last_read_seq,
            )
            inbox.send("inbox", room, entry)
