"""Rooms, who belongs to them, who may not, and what moderators did."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.chat import text

from .people import User


class RoomQuerySet(models.QuerySet["Room"]):
    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Public rooms and the user's own; a private or direct room exists only for its members."""
        own = Membership.objects.filter(user=user, room=models.OuterRef("pk"))
        banned = Ban.objects.filter(user=user, room=models.OuterRef("pk"))
        public = Q(kind=Room.Kind.PUBLIC) & ~models.Exists(banned)
        return self.alive().filter(public | models.Exists(own))

    def joined_by(self, user: User) -> Self:
        return self.alive().filter(memberships__user=user)


class Room(models.Model):
    class Kind(models.TextChoices):
        PUBLIC = "public"
        PRIVATE = "private"
        DIRECT = "direct"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PUBLIC)
    name = models.CharField(max_length=text.NAME_CHARACTERS, null=True, blank=True)
    name_key = models.CharField(max_length=4 * text.NAME_CHARACTERS, null=True, editable=False)
    direct_key = models.CharField(
        max_length=41,
        null=True,
        editable=False,
        help_text="Of a direct room: the pks of its two people, the lower one first.",
    )
    topic = models.CharField(max_length=text.TOPIC_CHARACTERS, blank=True)
    host = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="hosted_rooms"
    )
    created_at = models.DateTimeField(default=timezone.now)
    active_at = models.DateTimeField(default=timezone.now, help_text="The latest activity.")
    last_seq = models.PositiveBigIntegerField(default=0, help_text="The head of the room's log.")
    last_message = models.ForeignKey(
        "Message", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    member_count = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # Of the log; known of rooms that came by way of `policy`.
    epoch: str

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"],
                condition=Q(deleted_at__isnull=True),
                name="room_name_unique_while_alive",
            ),
            models.UniqueConstraint(
                fields=["direct_key"],
                condition=Q(deleted_at__isnull=True),
                name="room_direct_once_while_alive",
            ),
            models.CheckConstraint(
                condition=Q(kind="direct", name__isnull=True, direct_key__isnull=False)
                | Q(~Q(kind="direct"), name__isnull=False, direct_key__isnull=True),
                name="room_direct_has_no_name",
            ),
        ]
        indexes = [models.Index(F("active_at").desc(), F("id").desc(), name="room_activity")]

    def __str__(self) -> str:
        return self.name or f"direct {self.direct_key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = None if self.name is None else text.key(self.name)
        super().save(*args, **kwargs)


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner"
        MODERATOR = "moderator"
        MEMBER = "member"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=9, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    last_read_seq = models.PositiveBigIntegerField(default=0)
    muted_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=["owner", "moderator", "member"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.room} ({self.role})"


class Ban(models.Model):
    """This person can neither read nor join the room, member before or not."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="bans")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bans")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="ban_once")]

    def __str__(self) -> str:
        return f"{self.user} from {self.room}"


class Mute(models.Model):
    """The mute of somebody who left meanwhile; it waits for them to come back."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="mutes")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="mute_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room} until {self.until}"


class AuditEntry(models.Model):
    """What a moderator or owner did to somebody, for those who look after the rooms."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="audit")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    deed = models.CharField(max_length=16, db_index=True)
    detail = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.deed} {self.subject}"
