"""What is said about a card: replies, reactions, links, outcomes, and who was mentioned."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.models.cards import Card

PERSON: dict[str, Any] = {
    "to": settings.AUTH_USER_MODEL,
    "null": True,
    "on_delete": models.SET_NULL,
    "related_name": "+",
}


class ReplyQuerySet(models.QuerySet["Reply"]):
    def on_card(self) -> "ReplyQuerySet":
        return self.filter(deleted_at=None)

    def in_trash(self) -> "ReplyQuerySet":
        return self.exclude(deleted_at=None)

    def with_people(self) -> "ReplyQuerySet":
        return self.select_related("author", "card", "card__zone", "card__board", "promoted")

    def in_order(self) -> "ReplyQuerySet":
        return self.order_by("created_at", "id")


class Reply(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="replies")
    body = models.TextField()
    body_html = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(**PERSON)
    promoted = models.ForeignKey(Card, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ReplyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.body[:40]


class Reaction(models.Model):
    class Key(models.TextChoices):
        AGREE = "agree", _("Agree")
        UNCLEAR = "unclear", _("Unclear")
        SOURCE = "source", _("Needs a source")
        OFF_TOPIC = "off_topic", _("Off topic")

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=16, choices=Key)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "user", "key"], name="one_reaction_per_person")
        ]

    def __str__(self) -> str:
        return self.key


class Link(models.Model):
    class Relation(models.TextChoices):
        SUPPORTS = "supports", _("supports")
        REFUTES = "refutes", _("refutes")
        ANSWERS = "answers", _("answers")
        DUPLICATES = "duplicates", _("duplicates")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="links")
    target = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="linked")
    relation = models.CharField(max_length=16, choices=Relation)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "relation"], name="one_link_per_relation")
        ]

    def __str__(self) -> str:
        return self.relation


class Outcome(models.Model):
    class Kind(models.TextChoices):
        ANSWER = "answer", _("Answer")
        DECISION = "decision", _("Decision")
        UPHELD = "upheld", _("Upheld")
        REFUTED = "refuted", _("Refuted")
        AGREEMENT = "agreement", _("Agreement")
        NO_DECISION = "no_decision", _("No decision")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(max_length=16, choices=Kind)
    statement = models.CharField(max_length=400)
    decided_by = models.ForeignKey(**PERSON)
    decided_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.statement


class Mention(models.Model):
    """Somebody's name in a text: a line in that person's list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="+")
    reply = models.ForeignKey(Reply, null=True, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(**PERSON)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "seen_at"], name="unseen_mentions")]

    def __str__(self) -> str:
        return f"@{self.user}"
