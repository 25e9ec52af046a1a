"""The last step of a restore: cursors of the lost history must not be continued in this one."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand

from backend.chat.models import History


class Command(BaseCommand):
    help = "Name this database's history anew, after a restore from a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        epoch = uuid.uuid4().hex
        History.objects.update(epoch=epoch)
        self.stdout.write(f"The epoch is now {epoch}.")
