"""The operations page: what the safeguards see and did, and the kill switch."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.views.answers import PersonRequest, page, see_other
from safeguards import incidents, kill, leases, pressure, status
from safeguards.causes import causes
from safeguards.resources import gauges

MAY_KILL = "safeguards.change_killstate"
SOURCES = frozenset({"file", "database", "redis"})
REASON = 500  # characters
# Gauge, what it is called, how it is shown.
FIGURES: tuple[tuple[str, Any, Callable[[float], str]], ...] = (
    ("streams", gettext_lazy("Open boards"), "{:.0f}".format),
    ("cpu_cores", gettext_lazy("Processor, cores"), "{:.2f}".format),
    ("rss_bytes", gettext_lazy("Memory"), filesizeformat),
    ("loop_lag_ms", gettext_lazy("Loop lag"), "{:.0f} ms".format),
    ("db_ms", gettext_lazy("Database"), "{:.1f} ms".format),
    ("threads", gettext_lazy("Threads"), "{:.0f}".format),
    ("file_descriptors", gettext_lazy("Descriptors"), "{:.0f}".format),
    ("reconnects_per_stream", gettext_lazy("Reconnects a minute"), "{:.2f}".format),
    ("r", gettext_lazy("R, caused per request"), "{:.2f}".format),
    ("r_causes", gettext_lazy("Causes, 10 s"), "{:.0f}".format),
)


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
    told = status.read(settings.DATA_DIR / "run") or {"workers": [], "restarts": 0}
    level = max([_level(worker["gauges"]) for worker in told["workers"]] + [_level(gauges.snapshot())])
    killed, fresh = kill.killed(), leases.is_fresh()
    return {
        "killed": killed,
        "level": level,
        "tone": "bad" if killed or not fresh else "warn" if level else "good",
        "acts": settings.LADDER == "act",
        "why": pressure.words() or _("another worker is pressed; the table says which"),
        "missing": "" if fresh else _("nobody renews the lease of this process"),
        "figures": [(label, show(gauges.value(name))) for name, label, show in FIGURES],
        "workers": told["workers"],
        "restarts": told["restarts"],
        "top": causes.top(10),
        "talkers": causes.talkers(10),
        "incidents": incidents.recent(10),
        "may_kill": request.user.has_perm(MAY_KILL),
        "untold": [name for name in request.GET.get("untold", "").split(",") if name in SOURCES],
    }


def _level(told: dict[str, float]) -> int:
    return int(told.get("ladder_level", 0))
