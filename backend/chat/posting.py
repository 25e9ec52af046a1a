"""Posting: messages that come at the same time are stored together.

A transaction costs more than a message, so that those of many people and rooms share one. Each
draft still comes to its own outcome.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils import timezone

from . import events, mentions, policy, storing, text
from .database import atomic
from .errors import ChatError, Conflict, Invalid, NotFound
from .models import Event, Message, User
from .policy import Action


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say. `field` is what a bad text is called at the door it came by."""

    author: User
    room: int
    text: str
    client_id: str | None = None
    reply_to: int | None = None
    field: str = "text"

    @property
    def digest(self) -> bytes | None:
        """Tells a repeat from another text under the same `client_id`."""
        return hashlib.sha256(self.text.encode()).digest() if self.client_id else None


@dataclass
class Posted:
    message: Message
    duplicate: bool = False


# None: the room is held by another transaction, and was passed over.
Outcome = Posted | ChatError | None


def post_together(drafts: Sequence[Draft], *, wait: bool = True) -> list[Outcome]:
    """What each draft came to, in their order; when this returns, what was posted is committed.

    Without `wait`, rooms that another transaction holds are passed over.
    """
    outcomes: list[Outcome] = [_refusal(draft) for draft in drafts]
    sound = [n for n, outcome in enumerate(outcomes) if outcome is None]
    if not sound:
        return outcomes
    with atomic():
        batch = _Batch([drafts[n] for n in sound], wait=wait)
        for n in sound:
            if drafts[n].room in batch.logs:
                outcomes[n] = batch.place(drafts[n])
            elif wait:
                outcomes[n] = NotFound()
        batch.store()
    return outcomes


def _refusal(draft: Draft) -> ChatError | None:
    try:
        text.checked_message(draft.text, field=draft.field)
        text.checked_client_id(draft.client_id)
    except ChatError as error:
        return error
    return None


class _Batch:
    """Drafts of rooms whose logs are open, and all that has to be known to place them."""

    def __init__(self, drafts: Sequence[Draft], *, wait: bool) -> None:
        known = storing.look_up(drafts, wait=wait)
        self.logs = {pk: events.Log(room) for pk, room in known.rooms.items()}
        self._now = timezone.now()
        self._members, self._sent = known.members, known.sent
        drafts = [draft for draft in drafts if draft.room in self.logs]
        self._answered = _answered(drafts)
        self._mentioned = mentions.resolve_all({(draft.text, draft.room) for draft in drafts})

    def place(self, draft: Draft) -> Posted | ChatError:
        log = self.logs[draft.room]
        member = self._members.get((draft.room, draft.author.pk))
        try:
            policy.check(Action.SPEAK, user=draft.author, room=log.room, member=member)
            if earlier := self._earlier(draft):
                return Posted(earlier, duplicate=True)
            if draft.reply_to is not None and (draft.reply_to, draft.room) not in self._answered:
                raise Invalid("There is no such message in this room.", field="reply_to")
        except ChatError as error:
            return error
        message = Message(
            room=log.room,
            seq=log.next_seq,
            author=draft.author,
            text=draft.text,
            words=" ".join(text.words(draft.text)),
            client_id=draft.client_id,
            first_digest=draft.digest,
            created_at=self._now,
            reply_to_id=draft.reply_to,
            mentions=self._mentioned[draft.text, draft.room],
        )
        log.append(Event.Kind.MESSAGE_CREATED, actor=draft.author, message=message)
        if draft.client_id:
            self._sent[draft.author.pk, draft.room, draft.client_id] = message
        return Posted(message)

    def _earlier(self, draft: Draft) -> Message | None:
        earlier = self._sent.get((draft.author.pk, draft.room, draft.client_id or ""))
        # A deleted text is forgotten, digest and all: any repeat of it is a duplicate.
        if earlier and earlier.first_digest and bytes(earlier.first_digest) != draft.digest:
            raise Conflict("This client_id was used for another text.", field="client_id")
        return earlier

    def store(self) -> None:
        written = [log.change for log in self.logs.values() if log.change.events]
        if written:
            created = [event for change in written for event in change.events]
            storing.store(created, self._members)
        for change in written:
            transaction.on_commit(partial(events.announce, change))


def _answered(drafts: Iterable[Draft]) -> set[tuple[int, int]]:
    """The (pk, room) of the messages that are replied to and still stand."""
    pks = {draft.reply_to for draft in drafts if draft.reply_to is not None}
    if not pks:
        return set()
    return set(Message.objects.filter(pk__in=pks, deleted_at=None).values_list("pk", "room"))
