"""`@username` in a text: resolved to members of the room when the message is stored."""

import re
from collections.abc import Collection

from . import text
from .models import Mention, Message, Room, User

# Not within a word, so that an e-mail address mentions nobody.
_MENTION = re.compile(r"(?<![A-Za-z0-9_@.+-])@([\w.@+-]{1,150})")
MENTIONS_MOST = 50


def names(said: str) -> set[str]:
    """The keys of usernames that a text may mean; a final full stop may be the sentence's."""
    found: set[str] = set()
    for name in _MENTION.findall(said)[:MENTIONS_MOST]:
        found |= {text.key(name), text.key(name.rstrip(".@+-"))}
    return found - {""}


def resolve(*, said: str, room: Room) -> list[int]:
    """The pks of the members whom a text mentions, in ascending order."""
    return resolve_all({(said, room.pk)})[said, room.pk]


def resolve_all(texts: Collection[tuple[str, int]]) -> dict[tuple[str, int], list[int]]:
    """`resolve` for many (text, room) with one query; with none when nobody can be meant."""
    meant = {(said, room): names(said) if "@" in said else set() for said, room in texts}
    keys = set().union(*meant.values())
    members: dict[tuple[str, int], int] = {}
    if keys:
        rows = User.objects.filter(
            username_key__in=keys,
            is_active=True,
            memberships__room__in={room for (_, room), found in meant.items() if found},
        ).values_list("username_key", "memberships__room", "pk")
        members = {(key, room): pk for key, room, pk in rows}
    return {
        (said, room): sorted(members[key, room] for key in found if (key, room) in members)
        for (said, room), found in meant.items()
    }


def record(*, message: Message) -> None:
    """Make the rows of `message.mentions`, after it was stored or edited."""
    kept = (
        set(message.mention_rows.values_list("user", flat=True)) if message.version > 1 else set()
    )
    meant = set(message.mentions)
    if kept - meant:
        message.mention_rows.exclude(user__in=meant).delete()
    Mention.objects.bulk_create(
        [Mention(message=message, user_id=user) for user in sorted(meant - kept)]
    )
