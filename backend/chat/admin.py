"""The admin reads; what it changes goes through the domain, so that it is an event too."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from . import accounts, limits, models, rooms, text
from . import messages as chat_messages
from .errors import ChatError, RateLimited


class LoginForm(AdminAuthenticationForm):
    """Django's, with the limits of any other login."""

    def clean(self) -> dict[str, Any]:
        address = self.request.META["REMOTE_ADDR"] if self.request else ""
        try:
            limits.LOGINS_PER_ADDRESS.check(address)
            limits.LOGINS_PER_NAME.check(text.key(self.cleaned_data.get("username", "")))
        except RateLimited as error:
            raise ValidationError("Too many attempts; wait a minute.") from error
        return super().clean()


admin.site.site_header = "Parley"
admin.site.login_form = LoginForm


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows are seen, not edited: a change past the domain would be missing in the room's log."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _staff(request: HttpRequest) -> models.User:
    return models.User.objects.get(username=request.user.get_username())


@admin.register(models.User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "display_name", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "date_joined")
    search_fields = ("username_key", "display_name", "email")
    ordering = ("username_key",)
    actions = ("deactivate",)
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    # `is_active` by the action below, which ends the sockets too.
    readonly_fields = ("is_active", "last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the log names people for ever; they are deactivated

    @admin.action(description="Deactivate, and end their logins", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[models.User]) -> None:
        for user in queryset:
            accounts.deactivate(user=user)


@admin.register(models.Session)
class SessionAdmin(ReadOnly):
    list_display = ("user", "created_at", "expires_at", "ended_at")
    list_filter = ("created_at", "ended_at")
    search_fields = ("user__username_key",)
    list_select_related = ("user",)
    exclude = ("refresh_jti",)


@admin.register(models.Room)
class RoomAdmin(ReadOnly):
    list_display = ("name", "kind", "host", "member_count", "last_seq", "active_at", "deleted_at")
    list_filter = ("kind", "deleted_at")
    search_fields = ("name_key", "topic")
    list_select_related = ("host",)
    actions = ("delete_rooms",)

    @admin.action(description="Delete the rooms", permissions=["view"])
    def delete_rooms(self, request: HttpRequest, queryset: QuerySet[models.Room]) -> None:
        if not request.user.has_perm("chat.delete_room"):
            messages.error(request, "You may not delete rooms.")
            return
        for room in queryset.filter(deleted_at__isnull=True):
            rooms.remove(room=room.pk)


@admin.register(models.Membership)
class MembershipAdmin(ReadOnly):
    list_display = ("room", "user", "role", "joined_at", "last_read_seq")
    list_filter = ("role",)
    search_fields = ("room__name_key", "user__username_key")
    list_select_related = ("room", "user")


@admin.register(models.Message)
class MessageAdmin(ReadOnly):
    list_display = ("room", "seq", "author", "text", "created_at", "edited_at", "deleted_at")
    list_filter = ("created_at", "deleted_at")
    search_fields = ("text", "author__username_key", "room__name_key")
    list_select_related = ("room", "author")
    exclude = ("first_digest",)
    actions = ("delete_messages",)

    @admin.action(description="Delete the texts", permissions=["view"])
    def delete_messages(self, request: HttpRequest, queryset: QuerySet[models.Message]) -> None:
        if not request.user.has_perm("chat.delete_message"):
            messages.error(request, "You may not delete messages.")
            return
        for message in queryset:
            try:
                chat_messages.remove(remover=_staff(request), message=message.pk)
            except ChatError as error:
                messages.error(request, f"#{message.seq}: {error.detail}")


@admin.register(models.Ban)
class BanAdmin(ReadOnly):
    list_display = ("room", "user", "by", "at")
    search_fields = ("room__name_key", "user__username_key")
    list_select_related = ("room", "user", "by")


@admin.register(models.AuditEntry)
class AuditAdmin(ReadOnly):
    list_display = ("at", "room", "actor", "deed", "subject", "detail")
    list_filter = ("deed", "at")
    search_fields = ("room__name_key", "actor__username_key", "subject__username_key")
    list_select_related = ("room", "actor", "subject")


@admin.register(models.Event)
class EventAdmin(ReadOnly):
    list_display = ("room", "seq", "kind", "actor", "subject", "at")
    list_filter = ("kind", "at")
    search_fields = ("room__name_key", "actor__username_key", "subject__username_key")
    list_select_related = ("room", "actor", "subject")


@admin.register(models.Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("key", "heartbeat_at")


@admin.register(models.Presence)
class PresenceAdmin(ReadOnly):
    list_display = ("room", "user", "worker")
    search_fields = ("room__name_key", "user__username_key")
    list_select_related = ("room", "user", "worker")
