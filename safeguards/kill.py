"""The kill switch: live collaboration off for everybody, whatever else is dead."""

import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from safeguards.models import AuditEntry, KillState

logger = logging.getLogger(__name__)
REDIS_KEY = "parley:kill"
REDIS_SECONDS = 0.25  # the sampler must not wait for a store that is down
Reading = str | None
_readings: dict[str, Reading] = {}  # of each source the last one; a source that is down keeps its word


def killed() -> Reading:
    """Why live is off for everybody, None while it is not. From memory: refreshed each second."""
    if "file" not in _readings:
        _readings["file"] = _from_file()  # before the sampler's first second; the file needs no database
    return next((reason for reason in list(_readings.values()) if reason is not None), None)


def path() -> Path:
    return Path(settings.DATA_DIR) / "kill"


def refresh() -> None:
    """Ask every source; any one of them kills. Called by the sampler."""
    _read("file", _from_file)
    _read("database", _from_database)
    if settings.REDIS_URL:
        _read("redis", _from_redis)


def on(reason: str, by: str) -> None:
    """The file first: it works with everything else dead."""
    path().parent.mkdir(parents=True, exist_ok=True)
    path().write_text(json.dumps({"reason": reason, "by": by}))
    _readings["file"] = _from_file()
    _tell_redis(reason)
    _store(killed=True, reason=reason, by=by)
    refresh()


def off(reason: str, by: str) -> None:
    """The file last: as long as it is there, nothing is on."""
    _store(killed=False, reason=reason, by=by)
    _tell_redis(None)
    path().unlink(missing_ok=True)
    refresh()


def status() -> dict[str, object]:
    """Whether it is killed, why, and which sources say so."""
    refresh()
    says = {source: reason for source, reason in _readings.items() if reason is not None}
    return {"killed": bool(says), "reason": next(iter(says.values()), ""), "sources": sorted(says)}


def forget() -> None:
    """Nothing has been read yet; for tests."""
    _readings.clear()


def _read(source: str, read: Callable[[], Reading]) -> None:
    try:
        _readings[source] = read()
    except (DatabaseError, redis.RedisError, OSError):
        logger.warning("The kill switch could not be read from %s; its last word stands.", source)


def _from_file() -> Reading:
    try:
        return str(json.loads(path().read_text()).get("reason") or "killed")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError):
        return "killed"  # a file of any shape, half written or by hand, means off


def _from_database() -> Reading:
    row = KillState.objects.filter(pk=1, killed=True).first()
    return (row.reason or "killed") if row else None


def _from_redis() -> Reading:
    value: Any = _store_client().get(REDIS_KEY)
    return (value.decode("utf-8", "replace") or "killed") if value is not None else None


@cache
def _store_client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )


def _tell_redis(reason: Reading) -> None:
    if not settings.REDIS_URL:
        return
    try:
        if reason is None:
            _store_client().delete(REDIS_KEY)
        else:
            _store_client().set(REDIS_KEY, reason)
    except (redis.RedisError, OSError):
        logger.exception("Redis could not be told about the kill switch.")


def _store(*, killed: bool, reason: str, by: str) -> None:
    try:
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
    except DatabaseError:
        logger.exception("The database could not be told about the kill switch.")
