"""The operations page: what the safeguards see and did, and the kill switch."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from board.views.answers import PersonRequest, page, see_other
from safeguards import incidents, kill, leases, pressure, status
from safeguards.causes import causes
from safeguards.resources import gauges

MAY_KILL = "safeguards.change_killstate"
REASON = 500  # characters
FIGURES = ("streams", "cpu_cores", "rss_bytes", "loop_lag_ms", "threads", "file_descriptors", "r", "r_causes")


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "ops/index.html", _known(request))


@page("POST")
def switch(request: PersonRequest) -> HttpResponse:
    """Kill, or on again: with a reason and a line in the audit trail."""
    if not (request.user.is_staff and request.user.has_perm(MAY_KILL)):
        raise PermissionDenied
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "").strip()[:REASON]
    if action not in {"on", "off"} or not reason:
        wrong = (
            _("Say why. Nothing was changed.") if action in {"on", "off"} else _("Choose one of the buttons.")
        )
        return render(
            request, "ops/index.html", _known(request) | {"wrong": wrong, "reason": reason}, status=422
        )
    act = kill.on if action == "on" else kill.off
    failed = act(reason, request.user.get_username())
    return see_other(reverse("ops") + (f"?untold={','.join(failed)}" if failed else ""))


def _known(request: PersonRequest) -> dict[str, Any]:
    told = status.read(settings.DATA_DIR / "run")
    return {
        "killed": kill.killed(),
        "level": int(gauges.value("ladder_level")),
        "acts": settings.LADDER == "act",
        "why": pressure.words(),
        "missing": "" if leases.is_fresh() else _("nobody renews the lease of this process"),
        "figures": [(name, round(gauges.value(name), 3)) for name in FIGURES],
        "workers": told["workers"] if told else [],
        "restarts": told["restarts"] if told else 0,
        "top": causes.top(10),
        "talkers": causes.talkers(10),
        "incidents": incidents.recent(10),
        "may_kill": request.user.has_perm(MAY_KILL),
        "untold": [
            name for name in request.GET.get("untold", "").split(",") if name in {"file", "database", "redis"}
        ],
    }
