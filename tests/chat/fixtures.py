"""Alice, Bob, Charlie and their rooms, and the database that they live in.

Imported by conftest files, which are read before Django is configured; hence the late imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from backend.chat.models import User


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file: in memory, threads meet locks that a real database does not have."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(path)


@pytest.fixture
def committed(transactional_db: None) -> None:
    """For tests that need real commits, or threads. The tables are emptied after each."""
    from backend.chat.models import History

    # That also takes the row which a migration made.
    History.objects.get_or_create(defaults={"epoch": "test-epoch"})


@pytest.fixture
def alice(db: None) -> User:
    """She owns the rooms."""
    from .people import person

    return person("alice")


@pytest.fixture
def bob(db: None) -> User:
    """A member."""
    from .people import person

    return person("bob")


@pytest.fixture
def charlie(db: None) -> User:
    """He is outside."""
    from .people import person

    return person("charlie")


@pytest.fixture
def lobby(alice: User, bob: User) -> int:
    """Alice's public room with Bob in it. Its head is 2."""
    from backend.chat import rooms

    pk: int = rooms.create(owner=alice, name="Lobby").room.pk
    rooms.join(user=bob, room=pk)
    return pk


@pytest.fixture
def den(alice: User, bob: User) -> int:
    """Alice's private room; Bob is a member. Its head is 1, for nobody saw him come in."""
    from backend.chat import rooms
    from backend.chat.models import Membership, Room

    room = rooms.create(owner=alice, name="Den", kind=Room.Kind.PRIVATE).room
    Membership.objects.create(room=room, user=bob, last_read_seq=1)
    Room.objects.filter(pk=room.pk).update(member_count=2)
    return int(room.pk)
