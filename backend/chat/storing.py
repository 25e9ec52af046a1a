"""What posting reads first and writes last, for many drafts at once.

PostgreSQL gets it with two round trips: a wait for the database costs more than a message, and
five queries through the ORM cost as much as thirty messages. SQLite is asked through the ORM.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from .database import columns, instance, read_together, update_rows
from .models import Event, Membership, Mention, Message, Room

if TYPE_CHECKING:
    from .posting import Draft


@dataclass
class Known:
    """Rooms that are locked now, members by (room, user), messages by (author, room, client_id)."""

    rooms: dict[int, Room]
    members: dict[tuple[int, int], Membership]
    sent: dict[tuple[int, int, str], Message]


def look_up(drafts: Sequence["Draft"], *, wait: bool) -> Known:
    """Lock the rooms, in the order of their pks so that two such locks cannot wait for each other.

    Rooms that are gone are left out; without `wait`, so are those that another transaction holds.
    What is read of them is read after they were locked.
    """
    rooms = list({draft.room for draft in drafts})
    named = [draft for draft in drafts if draft.client_id]
    repeats: Iterable[Message] = ()
    if connection.vendor == "postgresql":
        locked, belonging, sent = read_together(
            (f"{_SELECT_ROOMS} {'' if wait else 'SKIP LOCKED'}", [rooms]),
            (_SELECT_MEMBERS, _transposed((draft.room, draft.author.pk) for draft in drafts)),
            (_SELECT_SENT, _transposed((d.author.pk, d.room, d.client_id) for d in named)),
        )
        found = [instance(Room, row) for row in locked]
        members = [instance(Membership, row) for row in belonging]
        if sent:
            pks = [pk for (pk,) in sent]
            repeats = Message.objects.select_related("author").filter(pk__in=pks)
    else:
        alive = Room.objects.alive().filter(pk__in=rooms)
        found = list(alive.select_for_update(skip_locked=not wait, no_key=True).order_by("pk"))
        authors = {draft.author.pk for draft in drafts}
        members = list(Membership.objects.filter(room__in=rooms, user__in=authors))
        if named:
            repeats = Message.objects.select_related("author").filter(
                author__in={draft.author.pk for draft in named},
                room__in=rooms,
                client_id__in={draft.client_id or "" for draft in named},
            )
    return Known(
        {room.pk: room for room in found},
        {(member.room_id, member.user_id): member for member in members},
        {(said.author_id, said.room_id, said.client_id or ""): said for said in repeats},
    )


def store(created: Sequence[Event], members: dict[tuple[int, int], Membership]) -> None:
    """Insert messages with their events, and move the heads of their rooms and their authors.

    The messages get their pks. They are in ascending order of seq in each room.
    """
    messages = [event.message for event in created if event.message]
    if connection.vendor == "postgresql":
        rows = [_row(message) for message in messages]
        (stored,) = read_together((_STORE, [json.dumps(rows)]))
        pks = {(room, seq): pk for room, seq, pk in stored}
        for event, message in zip(created, messages, strict=True):
            message.pk = pks[event.room_id, event.seq]
            event.message = message  # again, now that it has a pk
        return
    Message.objects.bulk_create(messages)
    Event.objects.bulk_create(created)
    Mention.objects.bulk_create(
        Mention(message=message, user_id=user) for message in messages for user in message.mentions
    )
    last = {message.room_id: message for message in messages}
    heads = {room: [said.seq, said.pk, said.created_at] for room, said in last.items()}
    update_rows(Room, ["last_seq", "last_message_id", "active_at"], heads)
    read = {members[said.room_id, said.author_id].pk: [said.seq] for said in messages}
    update_rows(Membership, ["last_read_seq"], read)


# -- PostgreSQL's words --------------------------------------------------------------------------


def _transposed(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _row(message: Message) -> dict[str, Any]:
    return {
        "room": message.room_id,
        "seq": message.seq,
        "author": message.author_id,
        "text": message.text,
        "words": message.words,
        "client_id": message.client_id,
        "digest": message.first_digest and message.first_digest.hex(),
        "at": message.created_at.isoformat(),
        "reply_to": message.reply_to_id,
        "mentions": message.mentions,
    }


_SELECT_ROOMS = f"""
SELECT {columns(Room)} FROM chat_room
WHERE id = ANY(%s) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608

_SELECT_MEMBERS = f"""
SELECT {columns(Membership)} FROM chat_membership
WHERE (room_id, user_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""  # noqa: S608

_SELECT_SENT = """
SELECT id FROM chat_message
WHERE (author_id, room_id, client_id) IN (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[])
)
"""

_STORE = """
WITH draft AS (
    SELECT * FROM json_to_recordset(%s) AS row (
        room bigint, seq bigint, author bigint, text text, words text, client_id text,
        digest text, at timestamptz, reply_to bigint, mentions jsonb
    )
), message AS (
    INSERT INTO chat_message (
        room_id, seq, author_id, text, words, client_id, first_digest, created_at, reply_to_id,
        mentions, version, reactions
    )
    SELECT
        room, seq, author, text, words, client_id, decode(digest, 'hex'), at, reply_to,
        mentions, 1, '[]'
    FROM draft
    RETURNING id, room_id, seq, author_id, created_at, mentions
), event AS (
    INSERT INTO chat_event (room_id, seq, kind, at, actor_id, message_id, role, reason)
    SELECT room_id, seq, 'message.created', created_at, author_id, id, '', '' FROM message
), mention AS (
    INSERT INTO chat_mention (message_id, user_id)
    SELECT id, jsonb_array_elements_text(mentions)::bigint FROM message
), head AS (
    UPDATE chat_room SET last_seq = seq, last_message_id = last.id, active_at = last.created_at
    FROM (SELECT DISTINCT ON (room_id) * FROM message ORDER BY room_id, seq DESC) AS last
    WHERE chat_room.id = room_id
), read AS (
    UPDATE chat_membership SET last_read_seq = last.seq
    FROM (SELECT room_id, author_id, max(seq) AS seq FROM message GROUP BY 1, 2) AS last
    WHERE chat_membership.room_id = last.room_id AND user_id = author_id
)
SELECT room_id, seq, id FROM message
"""
