"""Who wants to know of each incident is told once, however many people it takes a feature from; by e-mail and webhook.

The chores find what nobody was told of; a thread that lives as long as it takes sends it, because a mail server that
hangs must hold up nothing else."""

import http.client
import json
import logging
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards.incidents.shelf import RUNBOOKS
from safeguards.models import Incident

logger = logging.getLogger(__name__)
TIMEOUT = 5.0  # seconds, of each step of a webhook
LOOK_SECONDS = 5.0
OLD = timedelta(hours=1)  # nobody is told now of what was opened before
WAITS = (5.0, 30.0, 120.0)  # seconds before each further try
FAILURES = (OSError, ValueError, smtplib.SMTPException, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Message:
    """`due`: on the monotonic clock; `failed`: how often so far."""

    way: str
    facts: dict[str, str]
    due: float
    failed: int = 0


class NotTaken(OSError):
    """The webhook answered something else than 2xx; a redirect is not followed."""


_waiting: list[Message] = []
_lock = threading.Lock()
_next_look = [0.0]
_threads: list[threading.Thread] = []


def flush() -> None:
    """Called each second by the chores; never waits for who is told."""
    ways = _ways()
    if ways and time.monotonic() >= _next_look[0]:
        _next_look[0] = time.monotonic() + LOOK_SECONDS
        _claim(ways)
    if not _waiting or (_threads and _threads[0].is_alive()):
        return
    _threads[:] = [threading.Thread(target=send, name="telling", daemon=True)]
    _threads[0].start()


def send() -> None:
    """Send what is due. Not in the event loop: it waits."""
    for message in _due():
        try:
            WAYS[message.way](message.facts)
        except FAILURES as error:
            _again(message, error)


def reset() -> None:
    """Nobody waits to be told; for tests."""
    wait()
    with _lock:
        _waiting.clear()
    _next_look[0] = 0.0


def wait() -> None:
    """Until what was being sent is sent; for tests."""
    for thread in _threads:
        thread.join(timeout=30)


def facts(incident: Incident) -> dict[str, str]:
    """What is told: no evidence. The title may name who lost a feature."""
    return {
        "uid": str(incident.uid),
        "rule": incident.rule,
        "title": " ".join(incident.title.split()),
        "feature": incident.feature,
        "status": incident.status,
        "opened_at": incident.opened_at.isoformat(timespec="milliseconds"),
        "opened_by": incident.opened_by,
        "url": f"{settings.PUBLIC_URL.rstrip('/')}/ops/incidents/{incident.uid}/",
        "runbook": _runbook(incident.rule) if incident.rule else "",
    }


def _runbook(rule: str) -> str:
    """Where it can be read: as an address where that is known, else in the repository."""
    public = settings.PUBLIC_URL.rstrip("/")
    return f"{public}/ops/runbooks/{rule}/" if public else f"{RUNBOOKS}/{rule}.md"


def _ways() -> list[str]:
    said = {"email": settings.INCIDENT_EMAILS, "webhook": settings.INCIDENT_WEBHOOK}
    return [way for way, to in said.items() if to]


def _claim(ways: list[str]) -> None:
    """Whoever's UPDATE finds it untold tells it: no other process does."""
    try:
        for incident in Incident.objects.filter(told_at=None, opened_at__gt=timezone.now() - OLD):
            if Incident.objects.filter(pk=incident.pk, told_at=None).update(told_at=timezone.now()):
                told = facts(incident)
                with _lock:
                    _waiting.extend(Message(way, told, time.monotonic()) for way in ways)
    except (DatabaseError, InterfaceError):
        connection.close()  # told when it is back


def _due() -> list[Message]:
    now = time.monotonic()
    with _lock:
        due = [message for message in _waiting if message.due <= now]
        _waiting[:] = [message for message in _waiting if message.due > now]
    return due


def _again(message: Message, error: Exception) -> None:
    if message.failed >= len(WAITS):
        logger.error(
            "Nobody could be told of incident %s by %s: %s. %s",
            message.facts["uid"],
            message.way,
            type(error).__name__,
            message.facts["title"],
        )
        return
    due = time.monotonic() + WAITS[message.failed]
    with _lock:
        _waiting.append(replace(message, due=due, failed=message.failed + 1))


def _email(told: dict[str, str]) -> None:
    lines = [told["title"], "", f"{_('Opened')}: {told['opened_at']}, {told['opened_by']}", told["url"]]
    lines += [f"{_('Runbook')}: {told['runbook']}"] if told["runbook"] else []
    subject = _("Parley incident: %(title)s") % {"title": told["title"]}
    EmailMessage(subject, "\n".join(lines) + "\n", to=settings.INCIDENT_EMAILS).send()


def _webhook(told: dict[str, str]) -> None:
    """Raises OSError, HTTPException."""
    url = urlsplit(settings.INCIDENT_WEBHOOK)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    client = kind(url.hostname or "", url.port, timeout=TIMEOUT)
    try:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {"Content-Type": "application/json", "User-Agent": "Parley"}
        client.request("POST", path, json.dumps(told).encode(), headers)
        answer = client.getresponse()
        if not 200 <= answer.status < 300:
            raise NotTaken(f"it answered {answer.status}")
    finally:
        client.close()


WAYS: dict[str, Callable[[dict[str, Any]], None]] = {"email": _email, "webhook": _webhook}
