"""The operations page: what the safeguards see and did, the kill switch, and quarantine."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from board.ops import known, stored
from board.views.answers import PersonRequest, page, see_other
from safeguards import kill, quarantine, status
from safeguards.models import AuditEntry

MAY_KILL = "safeguards.change_killstate"
SOURCES = frozenset({"file", "database", "redis"})
REASON = 500  # characters
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
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "").strip()[:REASON]
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
    """`quarantine` or `release` names the person as the limits know them; `minutes`: 10, 60 or 1440."""
    _need_permission(request)
    person, released = request.POST.get("quarantine", ""), request.POST.get("release", "")
    reason = request.POST.get("why", "").strip()[:REASON]
    seconds = MINUTES.get(request.POST.get("minutes", "10"))
    if not known.can_be_quarantined(person or released) or seconds is None:
        return _shown(request, wrong=_("Choose one of the people. Nothing was changed."), why_put=reason)
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


def _need_permission(request: PersonRequest) -> None:
    if not (request.user.is_staff and request.user.has_perm(MAY_KILL)):
        raise PermissionDenied


def _shown(request: PersonRequest, wrong: str = "", **kept: Any) -> HttpResponse:
    known.known(None)  # whose names are wanted
    stored.read()
    span = "week" if request.GET.get("span") == "week" else "hour"
    said = known.known(status.read(known.folder())) | known.drawing(span)
    said |= {"may_kill": request.user.has_perm(MAY_KILL), "wrong": wrong, "spans": known.SPANS, **kept}
    said["untold"] = [name for name in request.GET.get("untold", "").split(",") if name in SOURCES]
    return render(request, "ops/index.html", said, status=422 if wrong else 200)
