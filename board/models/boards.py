"""Boards and their zones."""

import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.models.people import Membership, Role, User

if TYPE_CHECKING:
    from board.models.cards import Card

SLUG_BYTES = 12  # 96 random bits: nobody finds a board by guessing


def new_slug() -> str:
    return secrets.token_hex(SLUG_BYTES)


def channel_name(slug: str) -> str:
    """The name of a board's channel on the wire."""
    return f"board-{slug}"


class BoardQuerySet(models.QuerySet["Board"]):
    def of(self, user: User) -> "BoardQuerySet":
        return self.filter(memberships__user=user)

    def current(self) -> "BoardQuerySet":
        return self.filter(archived_at=None)

    def archived(self) -> "BoardQuerySet":
        return self.exclude(archived_at=None)


class Board(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.CharField(max_length=32, unique=True, default=new_slug, editable=False)
    name = models.CharField(max_length=120)
    template = models.CharField(max_length=32, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_mid = models.UUIDField()
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = BoardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["created_by", "created_mid"], name="one_board_per_request")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("board", args=[self.slug])

    @property
    def channel(self) -> str:
        return channel_name(self.slug)

    def people(self) -> models.QuerySet[Membership]:
        order = models.Case(*(models.When(role=role, then=rank) for rank, role in enumerate(Role)))
        return self.memberships.select_related("user").order_by(order, "joined_at", "id")


class Zone(models.Model):
    class Purpose(models.TextChoices):
        ACTIVE = "active", _("Active")
        PARKING = "parking", _("Parking lot")
        RESOLVED = "resolved", _("Resolved")
        UNRESOLVED = "unresolved", _("Unresolved")
        CUSTOM = "custom", _("Custom")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="zones")
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.CUSTOM)
    title = models.CharField(max_length=120)
    rank = models.CharField(max_length=1000)

    cards_in_order: "list[Card]"  # given by a snapshot

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["board", "purpose"],
                condition=~models.Q(purpose="custom"),
                name="one_zone_per_built_in_purpose",
            )
        ]

    def __str__(self) -> str:
        return self.title
