"""Cards: the statements of a conversation."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.models.boards import Board, Zone


class Kind(models.TextChoices):
    TOPIC = "topic", _("Topic")
    QUESTION = "question", _("Question")
    CLAIM = "claim", _("Claim")
    FACT = "fact", _("Fact")
    GUESS = "guess", _("Guess")
    OPINION = "opinion", _("Opinion")


ALIASES = {"accusation": Kind.CLAIM}  # the word escalates; it is understood and stored as a claim
KIND_LABELS = dict(Kind.choices)


class CardQuerySet(models.QuerySet["Card"]):
    def on_board(self) -> "CardQuerySet":
        return self.filter(deleted_at=None)

    def in_trash(self) -> "CardQuerySet":
        return self.exclude(deleted_at=None)

    def with_people(self) -> "CardQuerySet":
        return self.select_related("author", "assignee", "zone", "board", "outcome")

    def in_order(self) -> "CardQuerySet":
        return self.order_by("rank", "number")


class Card(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="cards")
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="cards")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    body = models.TextField()
    body_html = models.TextField(editable=False)
    rank = models.CharField(max_length=1000)
    version = models.PositiveIntegerField(default=1)
    field_versions = models.JSONField(default=dict)  # field -> the version that last changed it
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.ForeignKey("Outcome", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    parked_reason = models.CharField(max_length=120, blank=True)
    parked_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    talk: Any  # given by board.talk

    objects = CardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "number"], name="one_card_per_number")]
        indexes = [models.Index(fields=["zone", "rank", "number"], name="cards_in_order")]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def kind_label(self) -> Any:
        return KIND_LABELS[self.kind]

    @property
    def href(self) -> str:
        # Built by hand: a board of 1,000 cards would spend most of its time in reverse().
        return f"/boards/{self.board.slug}/cards/{self.uid}/"

    def changed_since(self, field: str, version: int) -> bool:
        return int(self.field_versions.get(field, 1)) > version

    def touch(self, *fields: str) -> None:
        """Count one change of these fields; the caller saves."""
        self.version += 1
        self.field_versions = self.field_versions | dict.fromkeys(fields, self.version)
        self.changed_at = timezone.now()
