"""Every model in Django admin; what is recorded there cannot be changed there."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from board.models import (
    ApiToken,
    Board,
    Card,
    Draft,
    Import,
    Invite,
    Link,
    Membership,
    Mention,
    Outcome,
    Reaction,
    Reply,
    User,
    Zone,
)
from collaboration.models import Channel, CollaborationEvent, CollaborationSession, SessionParticipant


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # ModelAdmin takes no argument at run time
    """Boards change through the board, so that every change is an event that everybody sees."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # UserAdmin takes no argument at run time
    list_display = ("username", "display_name", "kind", "is_staff", "is_active")
    search_fields = ("username", "display_name")
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("Parley", {"fields": ("display_name", "colour", "theme", "kind")}),
    )


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    """That there is one; what it says is its owner's."""

    list_display = ("person", "board", "place", "updated_at")
    exclude = ("text",)


@admin.register(Board)
class BoardAdmin(ReadOnly):
    list_display = ("name", "slug", "template", "created_by", "created_at", "archived_at")
    search_fields = ("name", "slug")


@admin.register(
    Zone,
    Card,
    Reply,
    Reaction,
    Link,
    Outcome,
    Mention,
    Import,
    Membership,
    Channel,
    CollaborationSession,
    SessionParticipant,
)
class RowAdmin(ReadOnly):
    pass


@admin.register(CollaborationEvent)
class EventAdmin(ReadOnly):
    list_display = ("channel", "seq", "kind", "actor_name", "at")
    list_filter = ("kind",)
    list_select_related = ("channel",)


@admin.register(Invite, ApiToken)
class SecretAdmin(ReadOnly):
    exclude = ("token_hash",)
