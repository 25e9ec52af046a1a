"""Which processes are alive, and whom each of them holds sockets of."""

import uuid

from django.db import models

from .people import User
from .rooms import Room


class Worker(models.Model):
    """One server process. Its heartbeat says that the presence it reports is alive."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    heartbeat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class Presence(models.Model):
    """A worker has at least one socket of this user joined to this room."""

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="presences")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="presences")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "user", "worker"], name="presence_once"),
        ]
        verbose_name_plural = "presence"

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"
