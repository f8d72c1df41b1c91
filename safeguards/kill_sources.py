"""Where the kill switch is written down: a file, a row, a key. Any one of them kills."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from safeguards.models import AuditEntry, KillState

MOST = 4096  # characters of the file that are read: a reason and a name
REDIS_KEY = "parley:kill"
REDIS_SECONDS = 0.25  # nobody waits for a store that is down


def path() -> Path:
    return Path(settings.DATA_DIR) / "kill"


def read_file() -> str | None:
    try:
        with path().open() as file:
            return str(json.loads(file.read(MOST)).get("reason") or "killed")
    except FileNotFoundError:
        return None
    except Exception:
        return "killed"  # a file of any shape, half written, by hand or nested without end, means off


def read_file_whole() -> tuple[str, str]:
    """Reason and who it was, as far as the file says."""
    try:
        said = json.loads(path().read_text()[:MOST])
        return str(said["reason"]), str(said["by"])[:150]
    except Exception:
        return "killed", "file"


def read_database() -> str | None:
    """Raises DatabaseError."""
    row = KillState.objects.filter(pk=1, killed=True).first()
    return (row.reason or "killed") if row else None


def read_redis() -> str | None:
    """Raises RedisError and OSError."""
    value: Any = store_client().get(REDIS_KEY)
    return (value.decode("utf-8", "replace") or "killed") if value is not None else None


def write_file(reason: str | None, by: str) -> None:
    """Raises OSError. On a full disk an empty file is left, and that says *killed*, too."""
    if reason is None:
        path().unlink(missing_ok=True)
        return
    path().parent.mkdir(parents=True, exist_ok=True)
    path().write_text(json.dumps({"reason": reason, "by": by}))


def write_redis(reason: str | None) -> None:
    """Raises RedisError and OSError."""
    if reason is None:
        store_client().delete(REDIS_KEY)
    else:
        store_client().set(REDIS_KEY, reason)


def write_database(*, killed: bool, reason: str, by: str) -> None:
    """Raises DatabaseError."""
    with transaction.atomic():
        before = KillState.objects.filter(pk=1).values_list("killed", flat=True).first() or False
        KillState.objects.update_or_create(
            pk=1, defaults={"killed": killed, "reason": reason, "by": by, "at": timezone.now()}
        )
        AuditEntry.objects.create(
            actor=by,
            action="kill.on" if killed else "kill.off",
            subject="live",
            before={"killed": before},
            after={"killed": killed},
            reason=reason,
        )


@cache
def store_client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
