"""Where a board comes from, when it was not made here."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from board.models.boards import Board


class Import(models.Model):
    board = models.OneToOneField(Board, on_delete=models.CASCADE, related_name="origin")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    digest = models.CharField(max_length=64)  # sha256 of the file
    # Its ids here are those of the file XOR this one; zero when none of them was taken.
    mask = models.UUIDField()

    def __str__(self) -> str:
        return str(self.board)
