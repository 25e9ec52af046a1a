"""What members do with each other: add, give roles, mute, kick, ban."""

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from . import accounts, events, policy
from .errors import Conflict, Invalid, NotFound
from .models import AuditEntry, Ban, Event, Membership, Mute, User
from .policy import Action

Role = Membership.Role
# What a time in another zone may still be in UTC.
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


def listing(*, viewer: User, room: int) -> QuerySet[Membership]:
    """The members, those who joined first before others."""
    found = policy.readable_room(user=viewer, room=room)
    return Membership.objects.filter(room=found).select_related("user").order_by("joined_at", "pk")


def add(*, by: User, room: int, username: str) -> Membership:
    """Make somebody a member. Raises `Conflict` when they are one, or are banned."""
    person = accounts.named(username=username)
    with events.writing(room) as log:
        policy.require(Action.ADD_PERSON, user=by, room=log.room)
        if policy.membership(user=person, room=log.room):
            raise Conflict("This person is a member already.", field="username")
        if Ban.objects.filter(room=log.room, user=person).exists():
            raise Conflict("This person is banned from the room.", field="username")
        return enter(log, user=person, role=Role.MEMBER, by=by)


def change(
    *,
    by: User,
    room: int,
    user: int,
    role: str | None = None,
    muted_until: datetime | None = None,
    unmute: bool = False,
) -> Membership:
    """Set a role, or mute until a time to come, or `unmute`."""
    if muted_until is not None and not timezone.now() < muted_until <= LAST_MOMENT:
        raise Invalid("Mute until a time to come.", field="muted_until")
    with events.writing(room) as log:
        actor, subject = _pair(log, by, user, Action.SET_ROLE if role else Action.MODERATE)
        before = subject.role, subject.muted_until
        if muted_until is not None or unmute:
            policy.check_outranks(actor=actor, subject=subject)
            subject.muted_until = muted_until
        if role is not None:
            _check_role(log, actor, subject, role)
            subject.role = role
            if role == Role.OWNER:  # nobody is left who could end it
                subject.muted_until = None
        if (subject.role, subject.muted_until) != before:
            subject.save(update_fields=["role", "muted_until"])
            log.append(Event.Kind.MEMBER_UPDATED, actor=by, member=subject)
            audit(log, by, subject.user, "role" if role else "mute", _told(subject, role))
            _keep_a_host(log, by=by)
    return subject


def kick(*, by: User, room: int, user: int, ban: bool = False) -> None:
    """End somebody's membership; with `ban` they can neither read nor join, member or not."""
    with events.writing(room) as log:
        actor = policy.require_member(Action.MODERATE, user=by, room=log.room)
        person = User.objects.filter(pk=user).first()
        subject = person and policy.membership(user=person, room=log.room)
        if person is None or (subject is None and not ban):
            raise NotFound("This person is no member.")
        if person.pk == by.pk or subject:
            policy.check_outranks(actor=actor, subject=subject or actor)
        if ban:
            Ban.objects.get_or_create(room=log.room, user=person, defaults={"by": by, "at": Now()})
        if subject:
            depart(log, subject, by=by, reason="banned" if ban else "kicked")
        audit(log, by, person, "ban" if ban else "kick")


def lift_ban(*, by: User, room: int, user: int) -> None:
    with events.writing(room) as log:
        policy.require(Action.MODERATE, user=by, room=log.room)
        found = Ban.objects.filter(room=log.room, user=user).select_related("user").first()
        if found is None:
            raise NotFound("This person is not banned.")
        found.delete()
        audit(log, by, found.user, "lift ban")


def recently_banned(*, within: timedelta) -> set[tuple[int, int]]:
    """The (room, user) pairs of bans made `within` this time; for those who hold subscriptions."""
    return set(Ban.objects.filter(at__gte=Now() - within).values_list("room", "user"))


def enter(log: events.Log, *, user: User, role: Role, by: User) -> Membership:
    """Begin a membership, inside of a change of the room."""
    # What was said before one joined is not unread.
    member = Membership.objects.create(
        room=log.room,
        user=user,
        role=role,
        last_read_seq=log.next_seq,
        muted_until=_mute_of_before(log, user),
    )
    log.room.member_count += 1
    log.append(Event.Kind.MEMBER_JOINED, actor=by, member=member)
    if role == Role.OWNER:
        _keep_a_host(log, by=by)
    return member


def depart(log: events.Log, member: Membership, *, by: User, reason: str) -> None:
    """End a membership, inside of a change of the room."""
    if member.muted_until and member.muted_until > timezone.now():
        Mute.objects.create(room=log.room, user=member.user, until=member.muted_until)
    member.delete()
    log.room.member_count -= 1
    log.append(Event.Kind.MEMBER_LEFT, actor=by, member=member, reason=reason)
    if member.role == Role.OWNER and not _owners(log).exists():
        _hand_over(log, by=by)
    _keep_a_host(log, by=by)


def _mute_of_before(log: events.Log, user: User) -> datetime | None:
    """Leaving and coming back ends no mute."""
    found = Mute.objects.filter(room=log.room, user=user).first()
    if found is None:
        return None
    found.delete()
    return found.until


def _pair(log: events.Log, by: User, user: int, action: Action) -> tuple[Membership, Membership]:
    actor = policy.require_member(action, user=by, room=log.room)
    subject = Membership.objects.filter(room=log.room, user=user).select_related("user").first()
    if subject is None:
        raise NotFound("This person is no member.")
    return actor, subject


def _check_role(log: events.Log, actor: Membership, subject: Membership, role: str) -> None:
    own = actor.pk == subject.pk
    if not own:
        policy.check_outranks(actor=actor, subject=subject)
    elif role != Role.OWNER and not _owners(log).exclude(pk=subject.pk).exists():
        raise Conflict("The last owner stays owner; hand the room on first.", field="role")


def _owners(log: events.Log) -> QuerySet[Membership]:
    return Membership.objects.filter(room=log.room, role=Role.OWNER)


def _hand_over(log: events.Log, *, by: User) -> None:
    """The last owner went: the longest-serving moderator is next, else member."""
    rest = Membership.objects.filter(room=log.room).select_related("user")
    in_line = rest.order_by("joined_at", "pk")
    heir = in_line.filter(role=Role.MODERATOR).first() or in_line.first()
    if heir:
        heir.role, heir.muted_until = Role.OWNER, None
        heir.save(update_fields=["role", "muted_until"])
        log.append(Event.Kind.MEMBER_UPDATED, actor=by, member=heir)


def _keep_a_host(log: events.Log, *, by: User) -> None:
    """The host is an owner: the same as long as they are one, then the longest-serving."""
    owners = list(_owners(log).select_related("user").order_by("joined_at", "pk"))
    if log.room.host_id not in [owner.user_id for owner in owners] and (
        owners or log.room.host_id is not None
    ):
        log.room.host = owners[0].user if owners else None
        log.append(Event.Kind.ROOM_UPDATED, actor=by)


def audit(log: events.Log, by: User, subject: User, deed: str, detail: str = "") -> None:
    """Note what was done to somebody, for those who look after the rooms."""
    AuditEntry.objects.create(room=log.room, actor=by, subject=subject, deed=deed, detail=detail)


def _told(subject: Membership, role: str | None) -> str:
    if role is not None:
        return role
    return f"until {subject.muted_until:%Y-%m-%d %H:%M}" if subject.muted_until else "ended"
