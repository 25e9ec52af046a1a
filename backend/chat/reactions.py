"""Reactions: one of each emoji per person and message."""

from collections import defaultdict

import emoji as emojis

from . import events, messages, policy
from .errors import Conflict, Invalid
from .models import Event, Message, Reaction, User
from .policy import Action

KINDS_MOST = 30


def add(*, user: User, message: int, emoji: str) -> Message:
    """Give a reaction; giving it twice changes nothing."""
    return _change(user, message, emoji, given=True)


def remove(*, user: User, message: int, emoji: str) -> Message:
    """Take a reaction back; one that is not there changes nothing."""
    return _change(user, message, emoji, given=False)


def _change(user: User, pk: int, emoji: str, *, given: bool) -> Message:
    emoji = _checked(emoji)
    with events.writing(messages.get(reader=user, message=pk).room_id) as log:
        message = Message.objects.select_related("author").get(pk=pk)
        policy.require(Action.SPEAK, user=user, room=log.room)
        if message.deleted_at:
            raise Conflict("This message was deleted.")
        rows = Reaction.objects.filter(message=message, user=user, emoji=emoji)
        if rows.exists() == given:
            return message
        if given:
            if len(message.reactions) >= KINDS_MOST and emoji not in _present(message):
                raise Conflict(f"A message has at most {KINDS_MOST} different reactions.")
            Reaction.objects.create(message=message, user=user, emoji=emoji)
        else:
            rows.delete()
        message.reactions = _summary(message)
        message.save(update_fields=["reactions"])
        kind = Event.Kind.REACTION_ADDED if given else Event.Kind.REACTION_REMOVED
        log.append(kind, actor=user, message=message)
    return message


def _checked(emoji: str) -> str:
    """The emoji in its fully qualified form, so that ❤ and ❤️ are one reaction."""
    if len(emoji) > 64 or not emojis.is_emoji(emoji):
        raise Invalid("This is no emoji.", field="emoji")
    return str(emojis.emojize(emojis.demojize(emoji)))


def _present(message: Message) -> set[str]:
    return {entry["emoji"] for entry in message.reactions}


def _summary(message: Message) -> list[dict[str, object]]:
    """What is shown: the emoji in the order in which they were first given."""
    people: defaultdict[str, list[int]] = defaultdict(list)
    for emoji, user in message.reaction_rows.order_by("pk").values_list("emoji", "user"):
        people[emoji].append(user)
    return [{"emoji": e, "count": len(users), "users": users} for e, users in people.items()]
