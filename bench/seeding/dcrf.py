"""The same people and rooms for the baseline; there a person enters a room by joining it."""

import json
import sys
from typing import Any

import django
from django.db import connection

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

from bench.baselines.dcrf.models import Room  # noqa: E402

DAY = 86_400
ARCHIVE = """
INSERT INTO dcrf_message (room_id, user_id, text, created_at)
SELECT %(room)s, (%(authors)s::bigint[])[1 + n %% 4],
    'Message ' || n || ': shall we meet at the usual place after work tomorrow?',
    now() - interval '1 second' * (%(count)s - n)
FROM generate_series(1, %(count)s) AS n
"""


def main(world: dict[str, Any]) -> dict[str, Any]:
    names = [f"person{number}" for number in range(world["people"])]
    users = User.objects.bulk_create(User(username=name, password="!") for name in names)
    rooms = {
        kind: Room.objects.bulk_create(
            Room(name=f"{kind}{number}", host=users[number * size]) for number in range(count)
        )
        for kind, (count, size) in world["rooms"].items()
    }
    with connection.cursor() as cursor:
        values = {
            "room": rooms["archive"][0].pk,
            "authors": [user.pk for user in users[:4]],
            "count": world["archived"],
        }
        cursor.execute(ARCHIVE, values)
        cursor.execute("VACUUM ANALYZE")
    return {
        "rooms": {kind: [room.pk for room in found] for kind, found in rooms.items()},
        "tokens": [token(user) for user in users],
    }


def token(user: User) -> str:
    access = AccessToken.for_user(user)
    access["exp"] = access["iat"] + DAY
    return str(access)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
