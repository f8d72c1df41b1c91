"""What a bag is about, and how bag-info.txt says it."""

from dataclasses import dataclass
from typing import Any

from safeguards.bags.differences import PART
from safeguards.bags.parts import Parts
from safeguards.incidents import RUNBOOKS
from safeguards.latency import LEAST_SECONDS
from safeguards.rollout import baselines

WAYS_BACK = (
    "Features: “Restore flags…” on its page, or manage.py bag restore NAME, shows what differs from now; with a reason "
    "(--apply --reason) it is put back. "
    "Work: what was acknowledged is on its board, and its last changes are in data/events.jsonl. "
    "Drafts: “Restore drafts…”, or the same command, gives them back to whoever wrote them, where they have none newer."
)
DRAFTS = (
    "data/drafts.jsonl holds what live pages had saved while people typed. The last ten seconds of typing, and what "
    "waits to be sent, are in each person's browser alone: pages send nothing because of an incident."
)
TRIGGER, SEALED_BY, PERSON = "Trigger", "Sealed-By", "Person"  # what a replay goes by
INCIDENT, EVIDENCE = "Incident", "Incident-Evidence"


@dataclass(frozen=True, slots=True)
class About:
    """`stage`: of the feature when it happened. `contained`: seconds until it was, where known. `before`: the whole
    flag before the change that the bag is about, where it is about one."""

    trigger: str
    feature: str = ""
    stage: str = ""
    by: str = ""
    reason: str = ""
    contained: float | None = None
    before: dict[str, Any] | None = None
    incident: str = ""  # its uid, where it is known
    evidence: str = ""  # the name of its file in DATA_DIR/incidents
    person: str = ""  # whom a rule took it from, as data/causes.json names them


def said(about: About, parts: Parts, commit: str, heard: str) -> list[tuple[str, str]]:
    """The lines of bag-info.txt that are known before it is closed."""
    has_differences = (parts.folder / PART).exists()
    told = [
        ("Source-Organization", "Parley"),
        (TRIGGER, about.trigger),
        ("Feature", about.feature or "none named"),
        ("Stage", about.stage or "none named"),
        (SEALED_BY, about.by),
        (PERSON, about.person),
        ("Reason", about.reason),
        ("Containment-Seconds", _contained(about.contained)),
        ("Runbook", _runbook(about.trigger) or "none of this trigger"),
        (INCIDENT, about.incident),
        (EVIDENCE, about.evidence),
        ("Workers-Heard", heard),
        ("Deployed-Commit", commit or "not known"),
        ("Local-Differences", f"data/{PART}" if has_differences else "not known"),
        ("Restoration-Path", WAYS_BACK),
        ("Drafts", DRAFTS),
        ("Cut", ", ".join(parts.cut)),
        ("Missing", ", ".join(parts.missing)),
    ]
    return [(label, parts.scrub.text(value)) for label, value in told if value]


def _contained(seconds: float | None) -> str:
    if seconds is None:
        return "not measured"
    return f"{seconds:.2f}" if seconds >= LEAST_SECONDS else f"less than {LEAST_SECONDS}"


def _runbook(trigger: str) -> str:
    known = {file.stem for file in (baselines.ROOT / RUNBOOKS).glob("*.md")}
    return f"{RUNBOOKS}/{trigger}.md" if trigger in known else ""
