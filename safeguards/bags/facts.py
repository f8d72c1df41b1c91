"""What the guard rail itself knows at this moment, as plain documents. Those marked so ask the database."""

import hashlib
import json
import os
import sys
from typing import Any

from django.conf import settings

from safeguards import incidents
from safeguards.bags.collecting import Window
from safeguards.bags.counted import Second, second
from safeguards.causes import causes
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.resources import gauges
from safeguards.rollout.changing import whole

ENTRIES = 1000  # of the audit trail, the newest
RUNS = 50
# Settings that say how this server is meant to run, and hold no secret.
SETTINGS = [
    *(
        "DEBUG",
        "PRODUCTION",
        "PUBLIC_HOST",
        "ALLOWED_HOSTS",
        "TRUSTED_PROXIES",
        "SIGNUP_OPEN",
        "WORKERS",
        "PORT",
    ),
    *("DEMO", "LIMITS", "LADDER", "ACCESS_LOG", "PARLEY", "INSTALLED_APPS", "MIDDLEWARE", "LANGUAGE_CODE"),
    "TIME_ZONE",
]


def audit(window: Window) -> list[dict[str, Any]]:
    """Asks the database."""
    entries = AuditEntry.objects.filter(at__gte=window.since)[:ENTRIES]
    fields = ["at", "actor_kind", "actor", "action", "subject", "before", "after", "reason", "hash"]
    return list(entries.values(*fields))


def filed(window: Window) -> list[dict[str, Any]]:
    """The incident files of this host that reach into the window."""
    began = f"{window.since:%Y-%m-%dT%H:%M:%S}"
    return [told for told in incidents.recent(100) if _last(told) >= began]


def seconds() -> list[Second]:
    """Each second of the window that this process counted, oldest first."""
    return [
        second(
            past.at,
            past.causes,
            [((_person(who), _browser(tab), what), n) for (who, tab, what), n in past.caused],
            [((_person(who), _browser(tab), kind, cause), n) for (who, tab, kind, cause), n in past.requests],
        )
        for past in causes.window()
    ]


def last_second() -> int:
    return int(causes.now())


def processes() -> dict[str, Any]:
    """The supervisor's file as it is, however old: its `at` says when it was written."""
    try:
        told = json.loads((settings.DATA_DIR / "run" / "status.json").read_text())
        for worker in told["workers"]:
            worker.pop("loud", None)  # whole keys of people and browsers; `trees` has them cut
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        told = None
    return {"supervisor": told, "process": os.getpid(), "gauges": gauges.snapshot()}


def flags(window: Window, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every flag, so that it can be put back; what changed of them, and the last stages. Asks the database.

    `before`: one of them as it was before the change that the bag is about."""
    now = [whole(flag) for flag in Flag.objects.order_by("name")]
    runs = StageRun.objects.select_related("flag")[:RUNS]
    return {
        "flags": [before]
        if before
        else now,  # what a restore puts back: of a rollback, what it took and nothing else
        "others": [flag for flag in now if before and flag["name"] != before["name"]],
        "runs": [
            {
                "flag": run.flag.name,
                "stage": run.stage,
                "began_at": run.began_at,
                "ended_at": run.ended_at,
                "ended_by": run.ended_by,
                "violation": run.violation,
                "requests": run.requests,
                "errors": run.errors,
            }
            for run in runs
        ],
        "audit": [entry for entry in audit(window) if entry["action"].startswith("rollout.")],
    }


def configuration() -> dict[str, Any]:
    told = {name: getattr(settings, name) for name in SETTINGS if hasattr(settings, name)}
    return told | {
        "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
        "redis": bool(settings.REDIS_URL),
        "python": sys.version.split()[0],
    }


def _person(person: str) -> str:
    """A token's hash is cut: enough to tell two apart."""
    return person[:18] if person.startswith("token:") else person


def _browser(browser: str) -> str:
    """Never the cookie itself."""
    return hashlib.sha256(browser.encode()).hexdigest()[:12] if browser else ""


def _last(told: dict[str, Any]) -> str:
    lines = told.get("timeline") or [{}]
    return str(lines[-1].get("at") or told.get("began", ""))
