"""The operations page: what the safeguards see and did, the kill switch, and quarantine."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from board.game_day import drills
from board.ops import drawn, known, people, stored
from board.residents.place import may_act
from board.views.answers import PersonRequest, one_line, page, see_other
from safeguards import game_days, kill, quarantine, status
from safeguards.models import AuditEntry

MAY_KILL = "safeguards.change_killstate"
MAY_DRILL = "safeguards.add_gameday"
SOURCES = frozenset({"file", "database", "redis"})
MINUTES = {"10": 600.0, "60": 3600.0, "1440": 86400.0}


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise PermissionDenied
    return _shown(request)


@page("POST")
def switch(request: PersonRequest) -> HttpResponse:
    """Kill, or on again: with a reason and a line in the audit trail."""
    _need_permission(request)
    action, reason = request.POST.get("action", ""), one_line(request, "reason")
    if action not in {"on", "off"} or not reason:
        wrong = (
            _("Say why. Nothing was changed.") if action in {"on", "off"} else _("Choose one of the buttons.")
        )
        return _shown(request, wrong=wrong, reason=reason)
    act = kill.on if action == "on" else kill.off
    failed = act(reason, request.user.get_username())
    return see_other(reverse("ops") + (f"?untold={','.join(failed)}" if failed else ""))


@page("POST")
def quarantine_person(request: PersonRequest) -> HttpResponse:
    """`quarantine` or `release` names a person or a browser as the limits know them; `minutes`: 10, 60 or 1440."""
    _need_permission(request)
    person, released = request.POST.get("quarantine", ""), request.POST.get("release", "")
    reason = one_line(request, "why")
    seconds = MINUTES.get(request.POST.get("minutes", "10"))
    if not people.can_be_quarantined(person or released) or seconds is None:
        return _shown(
            request, wrong=_("Choose one of the people or browsers. Nothing was changed."), why_put=reason
        )
    if person and not reason:
        return _shown(request, wrong=_("Say why. Nobody was put aside."), why_put=reason)
    by = request.user.get_username()
    try:
        if person:
            quarantine.put(person, seconds, reason, by)
        else:
            quarantine.release(released, by)
    except OSError:
        return _shown(
            request, wrong=_("This could not be written down. Nothing was changed."), why_put=reason
        )
    AuditEntry.objects.create(
        actor=by,
        action="quarantine.on" if person else "quarantine.off",
        subject=person or released,
        after={"seconds": seconds} if person else None,
        reason=reason,
    )
    return see_other(reverse("ops"))


@page("POST")
def start_drill(request: PersonRequest) -> HttpResponse:
    """`drill` by its name, with a reason and, outside of staging, with consent."""
    _need_permission(request, MAY_DRILL)
    asked = {"drill": request.POST.get("drill", ""), "reason": one_line(request, "why_drill")}
    try:
        if not may_act():
            raise game_days.NotPossible(
                _(
                    "Not now: live is killed, the server is pressed, or no supervisor runs. Nothing was started."
                )
            )
        game_days.ask(
            **asked,
            known=drills.PLAYED,
            by=request.user.get_username(),
            consented=request.POST.get("consent") == "1",
        )
    except game_days.NotPossible as refused:
        return _shown(request, wrong=str(refused), why_drill=asked["reason"], drill_chosen=asked["drill"])
    return see_other(reverse("ops"))


def _need_permission(request: PersonRequest, permission: str = MAY_KILL) -> None:
    if not (request.user.is_staff and request.user.has_perm(permission)):
        raise PermissionDenied


def _shown(request: PersonRequest, wrong: str = "", **kept: Any) -> HttpResponse:
    known.known(None)  # whose names are wanted
    stored.read()
    span = drawn.span_of(request.GET.get("span", ""))
    said = known.known(status.read(known.folder())) | drawn.drawing(span)
    said |= {"may_kill": request.user.has_perm(MAY_KILL), "wrong": wrong, "spans": drawn.SPANS, **kept}
    said |= {
        "may_drill": request.user.has_perm(MAY_DRILL),
        "drills": drills.NAMES,
        "needs_consent": game_days.needs_consent(),
    }
    said["untold"] = [name for name in request.GET.get("untold", "").split(",") if name in SOURCES]
    return render(request, "ops/index.html", said, status=422 if wrong else 200)
