"""An incident as a Markdown document, for whoever was not there."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards.incidents import words
from safeguards.incidents.shelf import RUNBOOKS, entries
from safeguards.incidents.timeline import Moment, evidence, timeline
from safeguards.models import Incident

EVIDENCE = 20_000  # characters
SPECIAL = re.compile(r"([\\`*_{}\[\]|~#])")
LEADING = re.compile(r"^([+=-]|\d+(?=[.)]))")  # what begins a list or underlines a heading
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
FENCE = re.compile(r"`{3,}")


def report(incident: Incident, bags: Sequence[str] = ()) -> str:
    """`bags`: names of those that are here. Nothing that anybody wrote is Markdown or HTML in it."""
    told, moments = evidence(incident), timeline(incident)
    parts = [
        f"# {escape(incident.title)}",
        _section(_("Summary"), _summary(incident)),
        _section(_("Impact"), _impact(incident, told)),
        _section(_("Timeline"), [_moment(moment) for moment in moments]),
        _section(_("What the system did"), _did(moments)),
        _section(_("Evidence"), [*_bags(incident, bags), *_evidence(incident, told)]),
        _section(_("Runbook"), _runbook(incident)),
        _section(
            _("Learnings"), [_("- What went well: "), _("- What went badly: "), _("- What we change: ")]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def escape(text: object, most: int = 4000) -> str:
    """On one line, and shown as it was written by whatever shows Markdown."""
    line = words.plain(text, most)
    line = SPECIAL.sub(r"\\\1", "".join(ENTITIES.get(char, char) for char in line))
    return LEADING.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"## {title}", "", *(lines or [_("Nothing is known.")])])


def _summary(incident: Incident) -> list[str]:
    said = [f"> {escape(line)}" for line in incident.summary.splitlines() if line.strip()]
    facts = [
        (_("Status"), incident.get_status_display()),
        (_("Rule"), incident.rule or _("declared by hand")),
        (_("Opened"), f"{_utc(incident.opened_at)}, {incident.opened_by}"),
    ]
    if incident.acknowledged_at:
        facts.append((_("Acknowledged"), f"{_utc(incident.acknowledged_at)}, {incident.acknowledged_by}"))
    if incident.resolved_at:
        facts.append((_("Resolved"), f"{_utc(incident.resolved_at)}, {incident.resolved_by}"))
    return [*said, *([""] if said else []), *_facts([*facts, (_("Id"), incident.uid)])]


def _impact(incident: Incident, told: dict[str, Any]) -> list[str]:
    lines = entries(told)
    levels = [line["level"] for line in lines if isinstance(line.get("level"), int)]
    aside = sorted({str(who) for line in lines for who in _listed(line.get("off_for"))})
    people = sorted({str(line["person"]) for line in lines if line.get("person")})
    lasted = (incident.resolved_at or timezone.now()) - incident.opened_at
    minutes = max(0, round(lasted.total_seconds() / 60))
    facts: list[tuple[str, object]] = [(_("Minutes from opened to resolved, or to now"), minutes)]
    facts += [(_("Feature"), incident.feature)] if incident.feature else []
    facts += [(_("Highest level of the ladder"), max(levels))] if levels else []
    facts += [(_("Live was off for"), ", ".join(aside))] if aside else []
    facts += [(_("Testers who lost it"), ", ".join(people))] if people else []
    return _facts([*facts, (_("Pieces of evidence"), len(lines))])


def _did(moments: list[Moment]) -> list[str]:
    return [_moment(moment) for moment in moments if moment.kind in {"evidence", "system"}]


def _evidence(incident: Incident, told: dict[str, Any]) -> list[str]:
    if not incident.evidence:
        return [_("There is no file.")]
    named = f"- {_('File')}: {escape(incident.evidence)}"
    if not told:
        return [named, f"- {_('It is not on this host, or it was removed.')}"]
    text = "".join(map(_seen, json.dumps(told, indent=1, ensure_ascii=False, default=str)))
    text = text if len(text) <= EVIDENCE else text[:EVIDENCE] + "\n…"
    fence = "`" * max([3, *(len(run[0]) + 1 for run in FENCE.finditer(text))])
    return [named, "", f"{fence}json", text, fence]


def _bags(incident: Incident, bags: Sequence[str]) -> list[str]:
    address = f"{settings.PUBLIC_URL.rstrip('/')}/ops/bags"
    here = [f"- {_('Bag')}: [{name}]({address}/{name}/)" for name in bags]
    if not incident.bag or incident.bag in bags:
        return here
    return [
        *here,
        f"- {_('Bag')}: {escape(incident.bag)}",
        f"- {_('It is not on this host, or it was removed.')}",
    ]


def _runbook(incident: Incident) -> list[str]:
    if not incident.rule:
        return [_("Nobody's rule: there is none.")]
    return [f"- {RUNBOOKS}/{escape(incident.rule)}.md"]


def _moment(moment: Moment) -> str:
    often = f" ×{moment.times}" if moment.times > 1 else ""
    return f"- {_utc(moment.at)} **{escape(moment.who)}** {escape(moment.text)}{often}"


def _facts(facts: list[Any]) -> list[str]:
    return [f"- {name}: {escape(value)}" for name, value in facts]


def _seen(char: str) -> str:
    """What cannot be seen, by its number."""
    return char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _utc(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
