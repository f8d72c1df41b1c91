"""A breaker that opens by itself is an incident; opening and closing are a line each in the audit trail, however often."""

from typing import Any

import pytest

from safeguards import breakers, incidents, openings, pressure
from safeguards.incidents.operations import resolve
from safeguards.models import AuditEntry, Incident
from safeguards.resources import gauges
from tests.safeguards.conftest import Clock

pytestmark = pytest.mark.django_db
RULE = "breaker-open"
OFF, BACK = "live is off for everybody", "live is back for everybody"


@pytest.fixture(autouse=True)
def acting(settings: Any, tmp_path: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR, settings.LADDER = tmp_path, "act"
    settings.PARLEY = settings.PARLEY | {"breaker_rest_seconds": 30.0, "breaker_clean_seconds": 30.0}
    monkeypatch.setattr(breakers.random, "uniform", lambda low, high: 1.0)


def second() -> None:
    """As sampler and chores do it, one after the other."""
    openings.look()
    incidents.flush()


def fail(times: int = 5) -> None:
    for _stream in range(times):
        if breakers.attempt("user:1").allowed:
            breakers.breaker().failed("user:1")
    second()


def recover(clock: Clock) -> None:
    clock.forward(breakers.breaker().until())
    second()
    for _stream in range(5):
        assert breakers.attempt("user:1").allowed
        breakers.breaker().succeeded("user:1")
    clock.forward(30)
    for _again in range(3):
        second()


def lines(rule: str = RULE) -> list[Any]:
    """Oldest first: action, and what was done."""
    rows = AuditEntry.objects.filter(action__endswith=f".{rule}", actor=f"auto:{rule}").order_by("id")
    return [(row.action.partition(".")[0], row.after.get("did")) for row in rows]


def test_failing_streams_are_an_incident_and_its_end_a_second_line(clock: Clock) -> None:
    fail(times=4)
    assert lines() == [] and gauges.value("breaker_open") == 0
    fail(times=1)
    for _second in range(5):
        clock.forward(1)
        second()
    assert lines() == [("auto", OFF)] and gauges.value("breaker_open") == 1
    recover(clock)
    assert lines() == [("auto", OFF), ("again", BACK)] and gauges.value("breaker_open") == 0
    (told,) = incidents.recent()
    assert [entry["did"] for entry in told["timeline"]] == [OFF, BACK]
    assert (told["runbook"], told["timeline"][0]["rest_s"]) == ("docs/runbooks/breaker-open.md", 30.0)
    row = Incident.objects.get()
    assert (row.rule, row.title) == (RULE, "Live rests because streams failed")


def test_a_probe_that_fails_is_the_same_opening(clock: Clock) -> None:
    fail()
    for _probe in range(20):
        clock.forward(breakers.breaker().until())
        second()
        fail(times=1)
    assert lines() == [("auto", OFF)]


def test_one_that_flaps_is_one_incident_with_two_lines_each_time(clock: Clock) -> None:
    for _time in range(3):
        fail()
        recover(clock)
    assert [did for _kind, did in lines()] == [OFF, BACK] * 3
    assert Incident.objects.count() == len(incidents.recent()) == 1


def test_another_worker_joins_the_incident(clock: Clock) -> None:
    fail()
    breakers.reset()
    openings.reset()
    incidents.reset()
    fail()
    assert lines() == [("auto", OFF), ("again", OFF)]
    assert Incident.objects.count() == 1


def test_the_end_of_one_that_was_resolved_meanwhile_opens_no_other(clock: Clock) -> None:
    fail()
    resolve(Incident.objects.get().uid, "The database was away.", by="ada")
    recover(clock)
    assert lines() == [("auto", OFF), ("again", BACK)]
    assert Incident.objects.count() == len(incidents.recent()) == 1
    fail()
    assert Incident.objects.count() == len(incidents.recent()) == 2


@pytest.mark.parametrize("gone", ["the file", "the disk"])
def test_an_end_without_its_file_is_a_line_all_the_same(clock: Clock, gone: str) -> None:
    fail()
    for file in incidents.folder().iterdir():
        file.unlink()
    if gone == "the disk":
        incidents.folder().rmdir()
        incidents.folder().write_text("no folder")
    recover(clock)
    assert lines() == [("auto", OFF), ("again", BACK)]
    assert Incident.objects.count() == 1


def test_what_a_loop_opened_is_written_down_by_its_own_rule_and_ends_there(clock: Clock) -> None:
    assert breakers.trip("request-loop")
    incidents.record("request-loop", {"off_for": ["live"]})
    second()
    recover(clock)
    assert lines() == []
    assert lines("request-loop") == [("auto", None), ("again", BACK)]


def test_a_worker_that_begins_without_live_was_written_down_by_its_supervisor(clock: Clock) -> None:
    breakers.trip("recycled", 30)
    second()
    recover(clock)
    assert AuditEntry.objects.count() == 0
    breakers.trip("recycled", 30)
    clock.forward(30)
    fail(times=1)  # its first stream breaks: that is news
    assert lines() == [("auto", OFF)]


@pytest.mark.parametrize("by", ["observing", "a person's word"])
def test_what_takes_nothing_or_was_said_by_a_person_is_no_act_of_a_rule(settings: Any, by: str) -> None:
    if by == "observing":
        settings.LADDER = "observe"
        breakers.trip("failing")
    else:
        settings.PARLEY = settings.PARLEY | {"breaker": "forced-open"}
        breakers.reset()
    second()
    assert gauges.value("breaker_open") == 1
    assert AuditEntry.objects.count() == 0


def test_the_event_loop_writes_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        for _stream in range(5):
            breakers.attempt("user:1")
            breakers.breaker().failed("user:1")
        openings.look()
        pressure.sample()
    assert incidents.recent() == []
