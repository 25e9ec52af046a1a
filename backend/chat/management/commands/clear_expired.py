"""For cron; `serve` does the same once an hour."""

from typing import Any

from django.core.management.base import BaseCommand

from backend.chat import expiry


class Command(BaseCommand):
    help = "Remove tickets and sessions that nobody can use any more."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Removed {expiry.clear()} rows.")
