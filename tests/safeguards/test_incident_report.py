"""The timeline orders what is known, and the report says it without letting anybody's text become Markdown."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from board.markdown import to_html
from safeguards import history, incidents
from safeguards.incidents import operations as do
from safeguards.incidents import runbooks
from safeguards.incidents.report import escape, report
from safeguards.incidents.timeline import evidence, timeline
from safeguards.models import AuditEntry, Incident, IncidentNote
from safeguards.resources import gauges

pytestmark = pytest.mark.django_db
HOSTILE = (
    "<script>alert(1)</script> **bold** [x](javascript:1) ![i](http://e/) `code` # head"
    "\n\n## Fake\n- item | ~~s~~ &amp; \u202e"
)
SECTIONS = ["Summary", "Impact", "Timeline", "What the system did", "Evidence", "Runbook", "Learnings"]


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def act(rule: str = "request-loop", **evidence: Any) -> Incident:
    incidents.record(rule, evidence)
    incidents.flush()
    return Incident.objects.get(rule=rule)


def audit(action: str, minutes: float = 0.0, **more: Any) -> AuditEntry:
    at = timezone.now() + timedelta(minutes=minutes)
    return AuditEntry.objects.create(**{"actor": "ada", "subject": "live_board"} | more, action=action, at=at)


def test_it_holds_evidence_audit_and_notes_in_order() -> None:
    audit("rollout.off", minutes=-6)
    audit("rollout.add", minutes=-4)
    incident = act(r=1.2, off_for=["user:7"])
    audit("kill.on", subject="live")
    act("memory", share=0.9)  # another incident, within this one
    do.note(incident.uid, "Seen", by="bo")
    other = do.declare("Other", "reason", by="bo", uid=uuid4())
    do.note(other.uid, "not here", by="bo")
    do.resolve(incident.uid, "Over", by="bo")
    audit("kill.off", minutes=2, subject="live")
    told = [(moment.kind, moment.text.split(":")[0]) for moment in timeline(incident_again(incident))]
    assert told == [
        ("person", "rollout.add live_board"),
        ("evidence", "R"),
        ("person", "kill.on live"),
        ("system", "Memory grows"),
        ("note", "Seen"),
        ("person", "resolved it"),
    ]


def measured(minutes: float, level: int, **more: float) -> None:
    at = (timezone.now() + timedelta(minutes=minutes)).timestamp()
    total = {"ladder_level": level, "cores": 0.5, "rss_bytes": 2e8} | more
    history.add({"at": at, "workers": {}, "total": total})


@pytest.mark.parametrize("declared", [False, True])
def test_it_holds_samples_and_each_move_of_the_ladder_until_it_is_resolved(declared: bool) -> None:
    for minutes, level in ((-6, 0), (-4, 0), (-3.99, 3), (-2, 2), (-1.99, 2), (-1, 0)):
        measured(minutes, level)
    incident = do.declare("Slow", "reason", by="bo", uid=uuid4()) if declared else act("overload", level=3)
    measured(0, 0, cores=1.25)
    do.resolve(incident.uid, "Over", by="bo")
    measured(2, 4)
    found = timeline(incident_again(incident))
    assert [moment.text for moment in found if moment.who == "ladder"] == [
        "level 0 → 3",
        "level 3 → 2",
        "level 2 → 0",
    ]
    samples = [moment.text for moment in found if moment.kind == "sample"]
    assert len(samples) == 4  # one a minute
    assert samples[0].startswith("level 0 · 0.50 cores · 200 MB") and "1.25 cores" in samples[-1]
    text = report(incident_again(incident))
    assert "level 3 → 2" in text.partition("What the system did")[2] and "1.25 cores" in text


def test_a_step_up_that_the_evidence_tells_is_told_once() -> None:
    measured(-1, 0)
    incident = act("overload", level=2)
    measured(0, 2)
    assert [moment.text for moment in timeline(incident) if moment.kind != "sample"] == ["level: 2"]


def test_the_figures_of_another_host_say_nothing_of_it() -> None:
    incident = act("overload", level=2)
    measured(0, 2)
    (file,) = incidents.folder().glob("*.json")
    file.unlink()
    assert timeline(incident) == []


def test_a_long_incident_has_no_more_samples_and_goes_by_the_minute() -> None:
    incident = act("overload", level=2)
    Incident.objects.update(opened_at=timezone.now() - timedelta(hours=20))
    for minute in range(-1190, 1, 2):
        measured(minute, int(minute < -600))
    found = timeline(incident_again(incident))
    assert len([moment for moment in found if moment.kind == "sample"]) in range(35, 42)
    assert [moment.text for moment in found if moment.who == "ladder"] == ["level 1 → 0"]


def test_it_says_what_a_change_of_a_flag_changed() -> None:
    incident = act(r=1.2, top=[], off_for=[])
    audit(
        "rollout.add",
        before={"stage": "one", "testers": ["bo"]},
        after={"stage": "two", "testers": ["bo", "mia"]},
    )
    audit("rollout.off", before={"stage": "two", "testers": ["bo"]}, after={"stage": "off", "testers": []})
    assert [moment.text for moment in timeline(incident)] == [
        "R: 1.2",
        "rollout.add live_board (stage one → two, testers +mia)",
        "rollout.off live_board (stage two → off, testers −bo)",
    ]


def incident_again(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def test_what_is_said_twice_in_a_second_is_there_once() -> None:
    incident = act(level=2)
    at = timezone.now()
    for _time in range(3):
        IncidentNote.objects.create(incident=incident, by="bo", text="again", at=at)
    (note,) = [moment for moment in timeline(incident) if moment.kind == "note"]
    assert note.times == 3


def test_a_missing_or_damaged_file_hides_nothing_else() -> None:
    incident = act(stack="File x, line 1")
    assert [moment.detail for moment in timeline(incident)] == ["File x, line 1"]
    (file,) = incidents.folder().glob("*.json")
    for text in (
        "{",
        "[]",
        '{"timeline": 3}',
        '{"timeline": [1, {"at": "never"}, {"at": "2026-99-01T00:00:00Z"}]}',
    ):
        file.write_text(text)
        assert timeline(incident) == []
        assert report(incident).count("\n## ") == 7
    file.unlink()
    assert "It is not on this host" in report(incident)
    incident.evidence = "../secret_key"
    assert evidence(incident) == {}


def test_the_report_has_its_sections_and_says_what_is_known() -> None:
    incident = act(level=3, off_for=["user:7"])
    act(level=4, off_for=["user:9"])
    do.acknowledge(incident.uid, by="ada")
    do.resolve(incident.uid, "A script.\nIt ended.", by="ada")
    text = report(incident_again(incident))
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert text.startswith("# Requests cause one another\n")
    for said in (
        "> A script.\n> It ended.",
        "Highest level of the ladder: 4",
        "Live was off for: user:7, user:9",
        "Pieces of evidence: 2",
        "- docs/runbooks/request-loop.md",
        f"- File: {escape(incident.evidence)}",
    ):
        assert said in text


def test_hostile_text_stays_text() -> None:
    incident = act("rollback", feature="live_board", person=HOSTILE, fence="````\n# out of the fence")
    do.note(incident.uid, HOSTILE, by="bo")
    do.resolve(incident.uid, HOSTILE + "\n===\n1. one", by="<b>ada</b>")
    text = report(incident_again(incident))
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    page = to_html(text)
    assert page.count("<h2>") == 7
    assert page.count("<h1>") == 1
    assert page.count("<pre>") == 1
    for made in ("<script", "<img", "<a ", "<s>", "<ol", "<code>x", "<b>"):
        assert made not in page
    assert "**bold**" in page.replace("</strong> ", "")
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "text", ["- a", "+ a", "= a", "1. a", "12) a", "# a", "> a", "*a*", "_a_", "[a](b)", "|a|", "`a`"]
)
def test_escaped_text_is_shown_as_it_was_written(text: str) -> None:
    page = to_html(escape(text)).removeprefix("<p>").removesuffix("</p>")
    assert page.replace("&gt;", ">") == text


def test_a_runbook_says_the_figures_of_now() -> None:
    gauges.report("r", 1.234)
    gauges.report("ladder_level", 3.0)
    assert runbooks.with_figures("{{r}} {{ level }} {{no_such_thing}} {{X}}") == "1.23 3 unknown {{X}}"
    assert "R is 1.23 now" in (runbooks.text("request-loop") or "")
    for wrong in ("nothing", "../settings", "", "a/b", "."):
        assert runbooks.text(wrong) is None
    gauges.report("r", 0.0)
    gauges.report("ladder_level", 0.0)
