"""The log of what happened on a channel, and the conversations that group it."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EPOCH_BYTES = 4  # 8 hex digits on the wire


def new_epoch() -> str:
    return secrets.token_hex(EPOCH_BYTES)


class Channel(models.Model):
    """A named audience with one total order of events. Its row is the lock of every durable write."""

    name = models.CharField(max_length=100, unique=True)
    epoch = models.CharField(max_length=8, default=new_epoch)
    seq = models.BigIntegerField(default=0)
    oldest = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class CollaborationSession(models.Model):
    """One conversation on a channel; never a login session or a connection."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    RUNNING = (Status.LIVE, Status.PAUSED)

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="sessions")
    title = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.SCHEDULED)
    starts_at = models.DateTimeField(null=True, blank=True)
    planned_s = models.PositiveIntegerField(null=True, blank=True)
    accumulated_ms = models.BigIntegerField(default=0)  # the clock: what ran before the last pause…
    running_since = models.DateTimeField(null=True, blank=True)  # …plus the time since this
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    started_by_kind = models.CharField(max_length=16, blank=True)
    started_by_id = models.CharField(max_length=64, blank=True)
    started_by_name = models.CharField(max_length=150, blank=True)
    from_seq = models.BigIntegerField(null=True, blank=True)
    to_seq = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"],
                condition=models.Q(status__in=["live", "paused"]),
                name="one_running_session_per_channel",
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.uid)

    @property
    def is_running(self) -> bool:
        return self.status in self.RUNNING

    def elapsed_ms(self, now: datetime) -> int:
        running = now - self.running_since if self.running_since else timedelta()
        return self.accumulated_ms + max(0, int(running / timedelta(milliseconds=1)))


class SessionParticipant(models.Model):
    """Somebody who wrote during a session."""

    session = models.ForeignKey(CollaborationSession, on_delete=models.CASCADE, related_name="participants")
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "actor_kind", "actor_id"], name="one_row_per_participant"
            )
        ]

    def __str__(self) -> str:
        return self.actor_name


class AppendOnly(Exception):
    """Somebody tried to change or delete a recorded fact."""


class CollaborationEvent(models.Model):
    """A recorded past fact: who did what, with the values before and after."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    session = models.ForeignKey(
        CollaborationSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    mid = models.UUIDField()
    fingerprint = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=150)
    data = models.JSONField(default=dict)
    audience = models.CharField(max_length=40, blank=True)  # empty: everybody on the channel
    cause = models.CharField(max_length=64, blank=True)
    hop = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["channel", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "seq"], name="one_event_per_number"),
            models.UniqueConstraint(fields=["channel", "mid"], name="one_event_per_request"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise AppendOnly("A recorded event does not change.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("A recorded event is not deleted.")
