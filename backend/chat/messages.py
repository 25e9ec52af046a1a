"""Messages: post, edit, delete, and read one. A room's messages are read in `history`."""

from django.utils import timezone

from . import events, members, mentions, policy, text
from .errors import Conflict, NotFound
from .models import Event, Message, User
from .policy import Action
from .posting import Draft, Posted, post_together


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
    raises `Conflict` when its text differs from what was first sent. `field`: see `Draft`.
    """
    draft = Draft(author, room, message, client_id, reply_to, field)
    (outcome,) = post_together([draft])
    if not isinstance(outcome, Posted):
        raise outcome or NotFound()
    return outcome


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
