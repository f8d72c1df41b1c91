"""The runbooks of docs/runbooks, with what the gauges say now in place of `{{name}}`."""

import re
from pathlib import Path

from django.conf import settings

from safeguards import status
from safeguards.incidents.shelf import RUNBOOKS
from safeguards.resources import gauges

PLACE = re.compile(r"\{\{\s*([a-z0-9_]{1,60})\s*\}\}")
NAMES = {"level": "ladder_level", "lag_ms": "loop_lag_ms", "memory_share": "rss_share"}
RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def text(rule: str) -> str | None:
    """The Markdown of a rule's runbook, with the figures of now; None when it has none."""
    if not RULE.fullmatch(rule):
        return None
    try:
        return with_figures((Path(settings.BASE_DIR) / RUNBOOKS / f"{rule}.md").read_text())
    except OSError:
        return None


def with_figures(markdown: str) -> str:
    """`unknown` in place of what nobody measures."""
    known = figures()

    def figure(place: re.Match[str]) -> str:
        value = known.get(NAMES.get(place[1], place[1]))
        return "unknown" if value is None else f"{value:.10g}" if value == int(value) else f"{value:.3g}"

    return PLACE.sub(figure, markdown)


def figures() -> dict[str, float]:
    """Of all workers the highest."""
    found = gauges.snapshot()
    for worker in (status.read(Path(settings.DATA_DIR) / "run") or {"workers": []})["workers"]:
        for name, value in worker["gauges"].items():
            if isinstance(value, int | float):
                found[name] = max(value, found.get(name, value))
    return found
