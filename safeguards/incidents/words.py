"""What happened, for people: the title of an incident, and one line for each piece of evidence."""

import json
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

TITLES = {
    "blocked-loop": gettext_noop("The event loop hangs"),
    "breaker-open": gettext_noop("Live rests because streams failed"),
    "canary-residents": gettext_noop("A test held up everybody else"),
    "cpu-spin": gettext_noop("A worker computes without end"),
    "memory": gettext_noop("Memory grows"),
    "overload": gettext_noop("The server is overloaded"),
    "rate-limit": gettext_noop("Somebody asks too much"),
    "reconnect-storm": gettext_noop("Boards keep reconnecting"),
    "request-loop": gettext_noop("Requests cause one another"),
    "rollback": gettext_noop("A feature was taken from a tester"),
    "rollback-by-hand": gettext_noop("A feature was taken back by hand"),
    "safeguard-blind": gettext_noop("A guard is gone"),
    "too-many-open": gettext_noop("Too much is open"),
    "worker-died": gettext_noop("A worker died"),
}
NAMES = {  # how evidence calls it -> how people do
    "off_for": gettext_noop("off for"),
    "top": gettext_noop("most by"),
    "r": gettext_noop("R"),
    "words": gettext_noop("why"),
    "who": gettext_noop("by"),
}
TITLE = 200  # characters
LINE = 240
QUIET = frozenset({"at", "process", "stack", "stacks"})  # not for a line: shown elsewhere, or long


def title(rule: str, evidence: dict[str, Any]) -> str:
    """One line, at most 200 characters."""
    known = TITLES.get(rule)
    said = _(known) if known else rule.replace("-", " ").capitalize()
    feature, person = evidence.get("feature"), evidence.get("person")
    if rule == "rollback-by-hand" and feature:
        said = _("%(feature)s was taken back by hand") % {"feature": feature}
    if rule == "rollback" and feature and person:
        said = _("%(feature)s was taken from %(person)s") % {"feature": feature, "person": person}
    return plain(said, TITLE)


def line(entry: dict[str, Any]) -> str:
    """One piece of evidence: `level: 3 · figures: r 1.2`. Empty when it says nothing."""
    said = {
        name: value for name, value in entry.items() if name not in QUIET and value not in ("", [], {}, None)
    }
    parts = [f"{_(NAMES[name]) if name in NAMES else name}: {_value(value)}" for name, value in said.items()]
    if entry.get("stack") or entry.get("stacks"):
        parts.append(_("the stack was taken"))
    return plain(" · ".join(parts), LINE)


def change(before: object, after: object) -> str:
    """What an audit entry changed: `testers +mia, stage one → two`."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    parts = []
    for name, value in after.items():
        old = before.get(name)
        if name not in before or old == value:
            continue
        if isinstance(old, list) and isinstance(value, list):
            changed = [f"+{one}" for one in value if one not in old] + [
                f"−{one}" for one in old if one not in value
            ]
            parts.append(f"{name} {' '.join(changed[:5])}{' …' if len(changed) > 5 else ''}")
        else:
            parts.append(f"{name} {_value(old)} → {_value(value)}")
    return ", ".join(parts)


def plain(text: object, most: int) -> str:
    """On one line, without characters that cannot be seen, cut at `most` characters."""
    seen = "".join(char if char.isprintable() else " " for char in str(text))
    seen = " ".join(seen.split())
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_value(part) for part in value[:5]) + (" …" if len(value) > 5 else "")
    return value if isinstance(value, str) else json.dumps(value, default=str)
