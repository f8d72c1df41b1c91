"""Flags and who tests them, baselines, incidents, the kill switch and the audit trail."""

import hashlib
import json
from typing import Any, NoReturn
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
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
    stage = models.CharField(max_length=20, blank=True)  # see safeguards.stages
    share = models.PositiveSmallIntegerField(default=0)  # per cent of all people, by hash of the person
    expires_at = models.DateTimeField(null=True, blank=True)


class Tester(models.Model):
    """Somebody who tests a feature: named by hand, with consent. What they did with it is counted here."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="testers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    consented_at = models.DateTimeField(null=True, blank=True)
    added_by = models.CharField(max_length=150, blank=True)
    requests = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    edits = models.PositiveIntegerField(default=0)
    reconnects = models.PositiveIntegerField(default=0)
    most_tabs = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True)
    # From when it was last taken from them until the last stream of theirs was closed; none where none was open.
    off_seconds = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flag", "user"], name="one_tester_per_flag_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} tests {self.flag}"


class StageRun(models.Model):
    """One stay of a flag in a stage: what was seen of it, and how it ended."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="runs")
    stage = models.CharField(max_length=20)
    baseline = models.ForeignKey("Baseline", null=True, blank=True, on_delete=models.SET_NULL)
    guarded = models.BooleanField(default=True)  # false: somebody with the shell did it directly
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)  # auto:<rule>, or a person
    judged_at = models.DateTimeField(null=True, blank=True)
    # When whoever judges was started again, the last time: what is counted here was seen since.
    judge_began_at = models.DateTimeField(null=True, blank=True)
    residents_at = models.DateTimeField(null=True, blank=True)  # when their last block ended
    residents = models.JSONField(
        default=dict, blank=True
    )  # what it showed, see safeguards.rollout.block_test
    # What the synthetic people of the first stage could not do, see safeguards.rollout.rehearsal; empty for nothing.
    rehearsal = models.CharField(max_length=20, blank=True)
    violation = models.TextField(blank=True)  # why it failed; empty while it has not
    was_taken_back = models.BooleanField(
        default=False
    )  # ended by a smaller stage or off, not by a greater one
    # Streams that were closed as it ended, and how long the last of them took; none where no stream was open.
    off_streams = models.PositiveIntegerField(default=0)
    off_seconds = models.FloatField(null=True, blank=True)
    requests = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    edits = models.PositiveIntegerField(default=0)
    reconnects = models.PositiveIntegerField(default=0)
    tab_episodes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.flag} in {self.stage}"


class Baseline(models.Model):
    """How this class of host is while nobody tests anything."""

    at = models.DateTimeField(default=timezone.now)
    host_class = models.CharField(max_length=120)
    versions = models.JSONField(default=dict)
    commit = models.CharField(max_length=40, blank=True)
    figures = models.JSONField(default=dict)  # name -> {"low": …, "mid": …, "high": …}

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.host_class} at {self.at:%Y-%m-%d %H:%M}"


class Incident(models.Model):
    """Something that a rule acted on, or that somebody declared."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        RESOLVED = "resolved", _("resolved")

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    rule = models.CharField(max_length=60, blank=True)  # empty: declared by hand
    title = models.CharField(max_length=200)
    feature = models.CharField(max_length=100, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.CharField(max_length=150)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    summary = models.TextField(blank=True)
    evidence = models.CharField(max_length=200, blank=True)  # the file in DATA_DIR/incidents
    bag = models.CharField(
        max_length=200, blank=True
    )  # its first one, in DATA_DIR/bags; of others see safeguards.bags.belonging
    told_at = models.DateTimeField(null=True, blank=True)  # by e-mail and webhook, once

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class IncidentNote(models.Model):
    """What a person wrote into an incident's timeline."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]


class GameDay(models.Model):
    """A drill against this very server that somebody asked for, and how it went."""

    drill = models.CharField(max_length=40)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=timezone.now)
    reason = models.TextField()
    consented = models.BooleanField(default=False)
    # 1 until it has ended, then null: the database itself lets only one wait or run.
    turn = models.PositiveSmallIntegerField(null=True, unique=True)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)  # passed, contained_s, bounds

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.drill} at {self.asked_at:%Y-%m-%d %H:%M}"


class AppendOnly(Exception):
    """Somebody tried to change or delete an audit entry."""


class AuditHead(models.Model):
    """One row, the lock and the end of the chain."""

    entries = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.hash


class Entries(models.QuerySet["AuditEntry"]):
    def update(self, **_changes: Any) -> NoReturn:
        raise AppendOnly("An audit entry does not change.")

    def delete(self) -> NoReturn:
        raise AppendOnly("An audit entry is not deleted.")

    def bulk_create(self, *_entries: Any, **_more: Any) -> NoReturn:  # type: ignore[override]  # it never returns
        raise AppendOnly("Audit entries are written one by one: each holds the hash of the one before.")


class AuditEntry(models.Model):
    """Who changed what about the safeguards, and why. Each holds the hash of the one before it."""

    at = models.DateTimeField(default=timezone.now)
    actor_kind = models.CharField(max_length=16, default="user")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=150)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = models.TextField(blank=True)
    previous = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = Entries.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise AppendOnly("An audit entry does not change.")
        with transaction.atomic():
            # The lock first: who writes next waits here, and finds this one's hash.
            if not AuditHead.objects.filter(pk=1).update(entries=F("entries") + 1):
                AuditHead.objects.create(pk=1, entries=1)
            self.previous = AuditHead.objects.values_list("hash", flat=True).get(pk=1)
            self.hash = self.digest()
            super().save(*args, **kwargs)
            AuditHead.objects.filter(pk=1).update(hash=self.hash)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("An audit entry is not deleted.")

    def digest(self) -> str:
        """sha256 over the entry before and all that this one says."""
        said = [
            self.previous,
            self.at.timestamp(),
            self.actor_kind,
            self.actor,
            self.action,
            self.subject,
            self.before,
            self.after,
            self.reason,
        ]
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class KillState(models.Model):
    """One row: whether live collaboration is switched off for everybody."""

    killed = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return "killed" if self.killed else "on"
