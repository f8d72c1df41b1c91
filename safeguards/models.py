"""Flags, the kill switch and the audit trail."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from waffle.models import AbstractUserFlag

from safeguards.flags import SnapshotFlag


class Flag(SnapshotFlag, AbstractUserFlag):
    """Who has a feature. Percentages and test cookies of the library are gone: they believe the browser."""

    percent = None
    testing = None  # type: ignore[assignment]  # how Django drops an inherited field
    superusers = models.BooleanField(_("superusers"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    stage = models.CharField(max_length=20, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)


class AppendOnly(Exception):
    """Somebody tried to change or delete an audit entry."""


class AuditEntry(models.Model):
    """Who changed what about the safeguards, and why."""

    at = models.DateTimeField(default=timezone.now)
    actor_kind = models.CharField(max_length=16, default="user")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=150)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise AppendOnly("An audit entry does not change.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("An audit entry is not deleted.")


class KillState(models.Model):
    """One row: whether live collaboration is switched off for everybody."""

    killed = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return "killed" if self.killed else "on"
