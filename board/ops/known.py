"""What the operations page says, piece by piece; from memory and small files, never from the database."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.game_day import drills
from board.ops import people, stored, workers
from board.ops.lights import lights
from safeguards import kill, kill_times, latency, status
from safeguards.resources import gauges

RUNBOOKS = Path(settings.BASE_DIR) / "docs" / "runbooks"
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
Told = dict[str, Any]


def folder() -> Path:
    return Path(settings.DATA_DIR) / "run"


def fragments() -> dict[str, str]:
    """Each piece of the page that changes, by the id of its element; the charts are `drawn` apart."""
    context = known(status.read(folder()))
    return {id: render_to_string(template, context) for id, template in PIECES.items()}


PIECES = {
    "ops-state": "ops/_state.html",
    "ops-lights": "ops/_lights.html",
    "ops-figures": "ops/_figures.html",
    "ops-workers": "ops/_workers.html",
    "ops-caused": "ops/_caused.html",
    "ops-talkers": "ops/_talkers.html",
    "ops-quarantined": "ops/_quarantined.html",
    "ops-game-days": "ops/_game_days.html",
    "ops-history": "ops/_history.html",
}


def known(told: Told | None) -> Told:
    """`told`: what the supervisor last wrote, None without one."""
    rows, killed = (told or {}).get("workers", []), kill.killed()
    standing = workers.standing(told)
    missing = _missing(standing)
    return {
        "killed": killed,
        "level": standing.level,
        "tone": "bad" if killed or missing else "warn" if standing.level or stored.last().open else "good",
        "open": stored.last().open,
        "acts": settings.LADDER == "act",
        "why": standing.why,
        "missing": missing,
        "took": kill_words(),
        "lights": lights(told, standing),
        "figures": [(label, show(gauges.value(name))) for name, label, show in FIGURES],
        "workers": rows,
        "restarts": (told or {}).get("restarts", 0),
        "r": f"{gauges.value('r'):.2f}",
        **people.known([worker.get("loud", {}) for worker in rows] if told else None),
        "game_days": [
            (day, drills.NAMES.get(day.drill, day.drill), drills.RUNBOOKS.get(day.drill))
            for day in stored.last().game_days
        ],
        "history": [entry | {"runbook": has_runbook(entry["rule"])} for entry in stored.last().history],
    }


def kill_words() -> str:
    last = kill_times.last(folder())
    if last is None:
        return _("not measured yet")
    when = datetime.fromtimestamp(last["at"], UTC).strftime("%d %b %H:%M")
    said = {"took": latency.words(last["seconds"] or 0.0), "streams": last["streams"], "when": when}
    if last["seconds"] is None:
        return _("of %(streams)s streams some were still open after 30 s (%(when)s UTC)") % said
    return _("%(took)s until the last of %(streams)s streams had ended (%(when)s UTC)") % said


def has_runbook(rule: str) -> str:
    """The rule, when there is a runbook of that name; else nothing."""
    return rule if rule.replace("-", "").isalnum() and (RUNBOOKS / f"{rule}.md").is_file() else ""


def _missing(standing: workers.Standing) -> str:
    if standing.is_leaseless:
        return _("nobody renews the lease of this process")
    if standing.leaseless:
        return _("in worker %(pids)s, whose lease nobody renews") % {"pids": ", ".join(standing.leaseless)}
    return ""
