"""The people of tests/chat/fixtures.py, for all tests of the domain."""

from .fixtures import (  # noqa: F401
    alice,
    bob,
    charlie,
    committed,
    den,
    django_db_modify_db_settings,
    lobby,
)
