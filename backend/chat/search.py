"""Full-text search over messages: PostgreSQL's own with an index, FTS5 on SQLite.

Both index `Message.words`, which is written with the text itself (a GIN index over an expression; a
table kept by triggers), so an edited or deleted text is never found by what it said. What a word is
is decided by `text.words`, for what is stored and for what is asked: the parsers of the two stores
differ in addresses, numbers and scripts. The last word may be unfinished.
"""

from django.db import connection
from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from . import policy, text
from .errors import Invalid
from .models import Message, Room, User

WORDS_MOST = 20

# Ranks are made whole numbers: a page's cursor must find its place again to the last digit.
_POSTGRESQL_MATCHES = "to_tsvector('simple', chat_message.words) @@ to_tsquery('simple', %s)"
_POSTGRESQL_RANK = (
    "(1000 * ts_rank_cd(to_tsvector('simple', chat_message.words),"
    " to_tsquery('simple', %s), 1))::integer"
)
_SQLITE_MATCHES = "chat_message.id IN (SELECT rowid FROM chat_message_words WHERE words MATCH %s)"
_SQLITE_RANK = (
    "(SELECT CAST(-100 * bm25(chat_message_words) AS INTEGER) FROM chat_message_words"
    " WHERE chat_message_words MATCH %s AND rowid = chat_message.id)"
)


def messages(*, reader: User, query: str, room: int | None = None) -> QuerySet[Message]:
    """Messages the reader may see that hold all words of `query`; order them by -rank, then -pk."""
    words = text.words(query)[:WORDS_MOST]
    if not words:
        raise Invalid("Give a word to look for.", field="q")
    found = Message.objects.filter(deleted_at=None).select_related("author")
    if room is None:
        found = found.filter(room__in=Room.objects.visible_to(reader))
    else:
        found = found.filter(room=policy.readable_room(user=reader, room=room))
    if connection.vendor == "postgresql":
        wanted = " & ".join(f"'{word}'" for word in words) + ":*"
        matches, rank = _POSTGRESQL_MATCHES, _POSTGRESQL_RANK
    else:
        wanted = " AND ".join(f'"{word}"' for word in words) + "*"
        matches, rank = _SQLITE_MATCHES, _SQLITE_RANK
    # The words reach the database as parameters, and are letters and digits only.
    return found.annotate(
        matches=RawSQL(matches, [wanted]),  # noqa: S611
        rank=RawSQL(rank, [wanted], output_field=IntegerField()),  # noqa: S611
    ).filter(matches=True)
