"""Messages, and the log that numbers every change of a room."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.chat import text

from .people import User
from .rooms import Room


class Message(models.Model):
    """A message; a deleted one stays as a tombstone without text."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="messages")
    seq = models.PositiveBigIntegerField(help_text="The seq of the event that created it.")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages")
    text = models.CharField(max_length=text.MESSAGE_CHARACTERS, blank=True)
    # Its words, as one text that both stores index alike; see `chat.search`.
    words = models.TextField(blank=True, editable=False)
    client_id = models.CharField(max_length=64, null=True, blank=True)
    first_digest = models.BinaryField(
        max_length=32,
        null=True,
        editable=False,
        help_text="SHA-256 of the text as first sent; tells a repeat from another text.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    reply_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    # What Reaction and Mention say, ready to be shown: a page of history needs no join.
    reactions = models.JSONField(default=list, blank=True, editable=False)
    mentions = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["room", "author", "client_id"],
                condition=Q(client_id__isnull=False),
                name="message_client_id_once",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(text=""), name="message_tombstone_is_empty"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False) | ~Q(text=""), name="message_has_text"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} in {self.room_id}"


class Reaction(models.Model):
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="reaction_rows")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reactions")
    emoji = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="reaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.emoji} of {self.user}"


class Mention(models.Model):
    """A member whom a message addresses by `@username`."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="mention_rows")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mentions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.message}"


class Event(models.Model):
    """One entry of a room's log: the only record of order, written with the change itself."""

    class Kind(models.TextChoices):
        MESSAGE_CREATED = "message.created"
        MESSAGE_UPDATED = "message.updated"
        MESSAGE_DELETED = "message.deleted"
        REACTION_ADDED = "reaction.added"
        REACTION_REMOVED = "reaction.removed"
        MEMBER_JOINED = "member.joined"
        MEMBER_LEFT = "member.left"
        MEMBER_UPDATED = "member.updated"
        ROOM_UPDATED = "room.updated"

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="events")
    subject = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Of member events."
    )
    role = models.CharField(max_length=9, blank=True, help_text="Of member events.")
    muted_until = models.DateTimeField(null=True, help_text="Of member events.")
    reason = models.CharField(max_length=8, blank=True, help_text="Of member.left.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="event_seq_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="event_seq_from_one"),
            models.CheckConstraint(
                condition=Q(kind__startswith="message.", message__isnull=False)
                | Q(kind__startswith="reaction.", message__isnull=False)
                | Q(kind__startswith="member.", subject__isnull=False)
                | Q(kind="room.updated"),
                name="event_names_its_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.seq} in {self.room_id}"


class History(models.Model):
    """The one row whose `epoch` names this database's history; a restore gets a new one."""

    epoch = models.CharField(max_length=32)

    class Meta:
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return self.epoch
