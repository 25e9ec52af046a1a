"""Migrations on a large database take longer than any request may.

Seen red with Django's own command.
"""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate


def timeouts() -> dict[str, str]:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    with connection.cursor() as cursor:
        return {name: cursor.execute(f"SHOW {name}").fetchone()[0] for name in names}


@pytest.mark.django_db(transaction=True)
def test_migrate_has_no_statement_timeout(stack: Any) -> None:
    if stack.name != "production":
        pytest.skip("SQLite has no such time-out")
    usual = timeouts()
    meanwhile: list[dict[str, str]] = []

    def look(**_: Any) -> None:
        meanwhile.append(timeouts())

    post_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0)
    finally:
        post_migrate.disconnect(look)

    assert meanwhile[0] == {**dict.fromkeys(usual, "0"), "lock_timeout": "2s"}
    assert timeouts() == usual
    assert usual["statement_timeout"] == "5s"
