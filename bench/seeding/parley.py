"""People with logins, rooms with members and the events of their joining, an archive."""

import json
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django
from django.db import connection
from django.utils import timezone

django.setup()

from backend.chat.models import Event, Membership, Room, Session, User  # noqa: E402
from backend.contract.tokens import Refresh  # noqa: E402

# The message is as the live ones are; the words are what `chat.text.words` makes of it.
ARCHIVE = """
INSERT INTO chat_message
    (room_id, seq, author_id, text, words, created_at, version, reactions, mentions)
SELECT %(room)s, %(head)s + n, (%(authors)s::bigint[])[1 + n %% 4],
    'Message ' || n || ': shall we meet at the usual place after work tomorrow?',
    'message ' || n || ' shall we meet at the usual place after work tomorrow',
    now() - interval '1 second' * (%(count)s - n), 1, '[]', '[]'
FROM generate_series(1, %(count)s) AS n;
INSERT INTO chat_event (room_id, seq, kind, at, actor_id, message_id, role, reason)
SELECT room_id, seq, 'message.created', created_at, author_id, id, '', ''
FROM chat_message WHERE room_id = %(room)s;
UPDATE chat_room SET last_seq = %(head)s + %(count)s,
    last_message_id = (SELECT max(id) FROM chat_message WHERE room_id = %(room)s)
WHERE id = %(room)s;
"""


def people(count: int) -> list[User]:
    names = [f"person{number}" for number in range(count)]
    rows = [User(username=name, username_key=name, password="!") for name in names]
    return User.objects.bulk_create(rows, batch_size=1000)


def log_in(users: list[User]) -> list[str]:
    sessions, access = [], []
    expires = timezone.now() + timedelta(days=1)
    for user in users:
        refresh, sid = Refresh.for_user(user), uuid4()
        refresh["sid"] = str(sid)
        sessions.append(Session(user=user, sid=sid, refresh_jti=refresh["jti"], expires_at=expires))
        access.append(str(refresh.access_token))
    Session.objects.bulk_create(sessions, batch_size=1000)
    return access


def make_rooms(kind: str, count: int, size: int, users: list[User]) -> list[int]:
    of_room = [users[number * size : (number + 1) * size] for number in range(count)]
    rooms = Room.objects.bulk_create(
        Room(
            name=f"{kind}{number}",
            name_key=f"{kind}{number}",
            host=people[0],
            member_count=len(people),
            last_seq=len(people),
        )
        for number, people in enumerate(of_room)
    )
    everybody = [
        (room, seq, user)
        for room, people in zip(rooms, of_room, strict=True)
        for seq, user in enumerate(people, start=1)
    ]
    Membership.objects.bulk_create(
        (
            Membership(room=room, user=user, role="owner" if seq == 1 else "member")
            for room, seq, user in everybody
        ),
        batch_size=1000,
    )
    Event.objects.bulk_create(
        (
            Event(
                room=room,
                seq=seq,
                kind=Event.Kind.MEMBER_JOINED,
                actor=user,
                subject=user,
                role="owner" if seq == 1 else "member",
            )
            for room, seq, user in everybody
        ),
        batch_size=1000,
    )
    return [room.pk for room in rooms]


def fill_archive(room: int, authors: list[User], count: int) -> None:
    pks = [user.pk for user in authors]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        if count:
            values = {"room": room, "head": len(authors), "authors": pks, "count": count}
            for statement in ARCHIVE.strip().removesuffix(";").split(";"):
                cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def main(world: dict[str, Any]) -> dict[str, Any]:
    users = people(world["people"])
    rooms = {kind: make_rooms(kind, *shape, users) for kind, shape in world["rooms"].items()}
    fill_archive(rooms["archive"][0], users[: world["rooms"]["archive"][1]], world["archived"])
    return {"rooms": rooms, "tokens": log_in(users)}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
