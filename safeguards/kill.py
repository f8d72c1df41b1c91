"""The kill switch: live collaboration off for everybody, whatever else is dead."""

import json
import logging
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from safeguards.models import AuditEntry, KillState

logger = logging.getLogger(__name__)
_reason: str | None = None


def killed() -> str | None:
    """Why live is off for everybody, None while it is not. From memory: refreshed each second."""
    return _reason


def path() -> Path:
    return Path(settings.DATA_DIR) / "kill"


def refresh() -> None:
    global _reason
    _reason = _from_file() or _from_database()


def on(reason: str, by: str) -> None:
    """The file first: it works with the database dead."""
    path().write_text(json.dumps({"reason": reason, "by": by}))
    refresh()
    _store(True, reason, by)


def off(reason: str, by: str) -> None:
    _store(False, reason, by)
    path().unlink(missing_ok=True)
    refresh()


def status() -> dict[str, object]:
    refresh()
    return {"killed": _reason is not None, "reason": _reason or ""}


def _from_file() -> str | None:
    try:
        return str(json.loads(path().read_text()).get("reason") or "killed")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return "killed"


def _from_database() -> str | None:
    try:
        row = KillState.objects.filter(pk=1, killed=True).first()
    except DatabaseError:
        return _reason
    return (row.reason or "killed") if row else None


def _store(killed: bool, reason: str, by: str) -> None:
    try:
        before = KillState.objects.filter(pk=1).values_list("killed", flat=True).first() or False
        KillState.objects.update_or_create(
            pk=1, defaults={"killed": killed, "reason": reason, "by": by, "at": timezone.now()}
        )
        AuditEntry.objects.create(
            actor=by, action="kill", subject="live", before={"killed": before}, after={"killed": killed}, reason=reason
        )
    except DatabaseError:
        logger.exception("The kill switch could not be written to the database; the file holds it.")
