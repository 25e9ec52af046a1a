"""Messages: post, edit, delete, and read by windows of seq."""

import hashlib
from dataclasses import dataclass

from django.utils import timezone

from . import events, members, mentions, policy, text
from .errors import Conflict, Invalid, NotFound
from .models import Event, Membership, Message, Room, User
from .policy import Action

WINDOW_DEFAULT, WINDOW_MOST = 50, 200


@dataclass
class Posted:
    message: Message
    duplicate: bool = False


@dataclass
class Window:
    messages: list[Message]
    head_seq: int
    epoch: str
    has_before: bool
    has_after: bool


def post(
    *,
    author: User,
    room: int,
    message: str,
    client_id: str | None = None,
    reply_to: int | None = None,
    field: str = "text",
) -> Posted:
    """Store a message; when this returns, it is committed.

    A repeat (same author, room and `client_id`) answers what is stored with `duplicate`, and
    raises `Conflict` when its text differs from what was first sent. `field` is what a bad text is
    called at the door it came through.
    """
    text.checked_message(message, field=field)
    text.checked_client_id(client_id)
    digest = hashlib.sha256(message.encode()).digest() if client_id else None
    with events.writing(room) as log:
        member = policy.require_member(Action.SPEAK, user=author, room=log.room)
        if client_id and (earlier := _sent_before(author, log.room, client_id)):
            # A deleted text is forgotten, digest and all: any repeat of it is a duplicate.
            if earlier.first_digest and bytes(earlier.first_digest) != digest:
                raise Conflict("This client_id was used for another text.", field="client_id")
            return Posted(earlier, duplicate=True)
        stored = Message.objects.create(
            room=log.room,
            seq=log.next_seq,
            author=author,
            text=message,
            words=" ".join(text.words(message)),
            client_id=client_id,
            first_digest=digest,
            reply_to_id=_checked_reply(reply_to, log.room),
            mentions=mentions.resolve(said=message, room=log.room),
        )
        mentions.record(message=stored)
        log.append(Event.Kind.MESSAGE_CREATED, actor=author, message=stored)
        log.room.last_message = stored
        log.room.active_at = stored.created_at
        Membership.objects.filter(pk=member.pk).update(last_read_seq=stored.seq)
    return Posted(stored)


def _checked_reply(reply_to: int | None, room: Room) -> int | None:
    if reply_to is not None:
        answered = Message.objects.filter(pk=reply_to, room=room, deleted_at=None)
        if not answered.exists():
            raise Invalid("There is no such message in this room.", field="reply_to")
    return reply_to


def _sent_before(author: User, room: Room, client_id: str) -> Message | None:
    return (
        Message.objects.filter(author=author, room=room, client_id=client_id)
        .select_related("author")
        .first()
    )


def get(*, reader: User, message: int) -> Message:
    found = Message.objects.select_related("author", "room").filter(pk=message).first()
    if found is None:
        raise NotFound
    policy.readable_room(user=reader, room=found.room_id)
    return found


def edit(
    *, editor: User, message: int, new_text: str, version: int | None = None, field: str = "text"
) -> Message:
    """Change the text. Raises `Conflict` when `version` is old or the message is deleted."""
    text.checked_message(new_text, field=field)
    with events.writing(get(reader=editor, message=message).room_id) as log:
        found = Message.objects.select_related("author").get(pk=message)
        policy.require(Action.SPEAK, user=editor, room=log.room)
        policy.check_author(user=editor, message=found)
        if found.deleted_at:
            raise Conflict("This message was deleted.")
        if version is not None and version != found.version:
            raise Conflict("This message was edited meanwhile.", field="version")
        found.text = new_text
        found.words = " ".join(text.words(new_text))
        found.version += 1
        found.edited_at = timezone.now()
        found.mentions = mentions.resolve(said=new_text, room=log.room)
        found.save(update_fields=["text", "words", "version", "edited_at", "mentions"])
        mentions.record(message=found)
        log.append(Event.Kind.MESSAGE_UPDATED, actor=editor, message=found)
    return found


def delete(*, remover: User, message: int) -> Message:
    """Leave a tombstone without text; deleting it again changes nothing."""
    with events.writing(get(reader=remover, message=message).room_id) as log:
        found = Message.objects.select_related("author").get(pk=message)
        own = found.author_id == remover.pk
        allowed = Action.DELETE_OWN if own else Action.DELETE_ANY
        policy.require(allowed, user=remover, room=log.room)
        if not own and found.deleted_at is None:
            members.audit(log, remover, found.author, "delete message", f"#{found.seq}")
        _bury(found, log, by=remover)
    return found


def remove(*, remover: User, message: int) -> None:
    """Delete a message on behalf of those who run the server."""
    found = Message.objects.select_related("author").get(pk=message)
    with events.writing(found.room_id) as log:
        found.refresh_from_db()
        _bury(found, log, by=remover)


def _bury(message: Message, log: events.Log, *, by: User) -> None:
    if message.deleted_at is None:
        message.text = message.words = ""
        message.first_digest = None
        message.deleted_at = timezone.now()
        message.reactions, message.mentions = [], []
        message.save(
            update_fields=["text", "words", "first_digest", "deleted_at", "reactions", "mentions"]
        )
        message.reaction_rows.all().delete()
        message.mention_rows.all().delete()
        log.append(Event.Kind.MESSAGE_DELETED, actor=by, message=message)


def window(
    *,
    reader: User,
    room: int,
    before_seq: int | None = None,
    after_seq: int | None = None,
    around_seq: int | None = None,
    limit: int = WINDOW_DEFAULT,
) -> Window:
    """Up to `limit` messages in ascending seq: the newest, or before, after or around a seq.

    Around a seq: as many at or before it as after it, one more before when `limit` is odd.
    """
    if sum(bound is not None for bound in (before_seq, after_seq, around_seq)) > 1:
        raise Invalid("Give at most one of before_seq, after_seq and around_seq.")
    found = policy.readable_room(user=reader, room=room)
    rows = Message.objects.filter(room=found, seq__lte=found.last_seq).select_related("author")
    older: list[Message] = []
    newer: list[Message] = []
    has_before = has_after = False
    if after_seq is not None or around_seq is not None:
        pivot = after_seq if after_seq is not None else around_seq
        count = limit if after_seq is not None else limit // 2
        newer = list(rows.filter(seq__gt=pivot).order_by("seq")[: count + 1])
        newer, has_after = newer[:count], len(newer) > count
    if after_seq is None:
        if before_seq is not None:
            rows = rows.filter(seq__lt=before_seq)
        elif around_seq is not None:
            rows = rows.filter(seq__lte=around_seq)
        count = limit - limit // 2 if around_seq is not None else limit
        older = list(rows.order_by("-seq")[: count + 1])
        older, has_before = older[:count][::-1], len(older) > count
    # What lies beyond the seq that was asked from.
    if after_seq is not None:
        has_before = rows.filter(seq__lte=after_seq).exists()
    if before_seq is not None:
        has_after = Message.objects.filter(
            room=found, seq__gte=before_seq, seq__lte=found.last_seq
        ).exists()
    return Window(older + newer, found.last_seq, events.epoch(), has_before, has_after)
