"""What somebody has typed and not sent, so that it outlives their browser. Only they are ever shown it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from board.models.boards import Board

KEPT = timedelta(days=30)  # as long as somebody may be away and still want it


class DraftQuerySet(models.QuerySet["Draft"]):
    def current(self) -> "DraftQuerySet":
        return self.filter(updated_at__gt=timezone.now() - KEPT)

    def expired(self) -> "DraftQuerySet":
        return self.filter(updated_at__lte=timezone.now() - KEPT)


class Draft(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=64)  # the field, by the name that the browser keeps it under
    text = models.TextField()
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "board", "place"], name="one_draft_per_place")
        ]

    def __str__(self) -> str:
        return self.place
