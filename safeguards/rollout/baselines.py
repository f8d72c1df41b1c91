"""What is ordinary on this class of host, and whether that is still known."""

import os
import platform
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import psutil
from django.db import transaction
from django.utils import timezone

from safeguards import conf
from safeguards.models import AuditEntry, Baseline

ROOT = Path(__file__).resolve().parents[2]


def host_class() -> str:
    """Hosts of one class may be compared: processors, memory in GiB, system and Python."""
    gib = round(psutil.virtual_memory().total / 1024**3)
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {gib} GiB, {platform.system()} {platform.machine()}, Python {python}"


def commit() -> str:
    """Of the deployed code; empty where that is not known."""
    if said := os.environ.get("COMMIT", ""):
        return said[:40]
    if not (ROOT / ".git").exists():
        return ""  # a repository around an installed server is another one
    asked = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=5).stdout.strip()[:40]
    except (OSError, subprocess.SubprocessError):
        return ""


def keep(figures: dict[str, Any], *, by: str = "auto:baseline") -> Baseline:
    """`figures`: name -> {"low": ..., "mid": ..., "high": ...}. Flags can be armed with it: the audit trail says by whom."""
    versions = {"python": platform.python_version(), "django": django.get_version()}
    with transaction.atomic():
        kept = Baseline.objects.create(
            host_class=host_class(), versions=versions, commit=commit(), figures=figures
        )
        AuditEntry.objects.create(
            actor_kind="auto" if by.startswith("auto:") else "user",
            actor=by,
            action="baseline.keep",
            subject=kept.host_class,
            after={"baseline": kept.pk, "commit": kept.commit, "figures": figures},
        )
    return kept


def fresh() -> Baseline | None:
    """The newest of this class of host, unless it is too old to arm a flag with."""
    since = timezone.now() - timedelta(days=conf.number("baseline_days"))
    return Baseline.objects.filter(host_class=host_class(), at__gte=since).first()
