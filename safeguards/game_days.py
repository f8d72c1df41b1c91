"""A game day: a drill against this very server, asked for on the operations page. One at a time, and short."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards.models import AuditEntry, GameDay

MOST_SECONDS = 24.0  # for the drill itself; with its last answer, coming and going it stays below thirty
LOST = timedelta(seconds=90)  # no end by then: whoever played it is gone
REASON = 500  # characters


class NotPossible(Exception):
    """The message says why, and what to do. Nothing was started."""


def needs_consent() -> bool:
    """Outside of staging people are at work on the server that is attacked."""
    return not settings.STAGING


def ask(drill: str, known: Any, *, by: str, reason: str, consented: bool) -> GameDay:
    """Whoever serves plays it within a few seconds. `known`: names of drills. Raises NotPossible."""
    reason = reason.strip()[:REASON]
    if drill not in known:
        raise NotPossible(_("Choose one of the drills. Nothing was started."))
    if not reason:
        raise NotPossible(_("Say why. Nothing was started."))
    if needs_consent() and not consented:
        raise NotPossible(_("This is no staging server: say that you agree to it here. Nothing was started."))
    _give_up_lost()
    try:
        with transaction.atomic():
            day = GameDay.objects.create(drill=drill, asked_by=by, reason=reason, consented=consented, turn=1)
            _audit(day, "game-day.start", by, {"staging": settings.STAGING, "consented": consented}, reason)
    except IntegrityError as error:
        raise NotPossible(_("Another drill is under way. Wait for its end; nothing was started.")) from error
    return day


def claim() -> GameDay | None:
    """The one that waits, for whoever asks first."""
    day = GameDay.objects.filter(turn=1, began_at=None).first()
    if day is None or not GameDay.objects.filter(pk=day.pk, began_at=None).update(began_at=timezone.now()):
        return None
    day.refresh_from_db()
    return day


def finish(day: GameDay, result: dict[str, Any]) -> None:
    """`result`: passed, contained_s, bounds, and error where it could not be played."""
    with transaction.atomic():
        ended = GameDay.objects.filter(pk=day.pk, ended_at=None)
        if ended.update(ended_at=timezone.now(), turn=None, result=result):
            told = {"passed": result["passed"], "contained_s": result["contained_s"]}
            _audit(day, "drill", "auto:drill", told | {"bounds": result["bounds"]}, result.get("error", ""))


def recent(most: int = 10) -> list[GameDay]:
    return list(GameDay.objects.all()[:most])


def _give_up_lost() -> None:
    for day in GameDay.objects.filter(turn=1, asked_at__lt=timezone.now() - LOST):
        finish(day, failed(_("Nobody told how it ended.")))


def failed(why: str) -> dict[str, Any]:
    """Of a drill that could not be played to its end."""
    return {"passed": False, "contained_s": None, "bounds": {}, "error": why}


def _audit(day: GameDay, action: str, actor: str, after: dict[str, Any], reason: str) -> None:
    AuditEntry.objects.create(
        actor_kind="auto" if actor.startswith("auto:") else "user",
        actor=actor,
        action=action,
        subject=f"game day: {day.drill}",
        after=after,
        reason=reason,
    )
