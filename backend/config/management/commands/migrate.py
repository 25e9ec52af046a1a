"""Django's `migrate`, which may take its time: an index over many messages does."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Not lock_timeout: whoever waits for the lock of a table holds up all who come after.
LIFTED = ("statement_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            for name in LIFTED:
                cursor.execute(f"SET {name} = 0")
            try:
                super().handle(*args, **options)
            finally:
                for name in LIFTED:
                    cursor.execute(f"RESET {name}")
