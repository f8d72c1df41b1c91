"""What a tester's page never does: one violation, and that tester has it no more; nobody else notices."""

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import InterfaceError, OperationalError

from safeguards import flags, incidents, rollout
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.counting import WINDOW_SECONDS
from safeguards.identity import browser_key, make_who
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.resources import gauges
from safeguards.rollout import contracts, observing
from tests.safeguards.asgi import scope_of
from tests.support.cast import Cast

pytestmark = pytest.mark.usefixtures("tested")
FEATURE = "live_board"
SCRIPT = {"sec_fetch_dest": "empty"}
HEADERS = {
    "caused-by-event": {"x_caused_by": "epoch-7"},
    "unknown-cause": {},
}


def ask(cast: Cast, path: str = "/boards/x/", method: str = "GET", times: int = 1, **headers: str) -> Asked:
    causes.opened("browser-owner-000")
    return ask_only(cast, path, method, times, **headers)


def ask_only(cast: Cast, path: str, method: str = "GET", times: int = 1, **headers: str) -> Asked:
    """No stream begins."""
    cookie = f"sessionid=k; who={make_who(cast.owner.pk, 'k')}; browser=browser-owner-000"
    for _ in range(times):
        asked = Asked(scope_of(path, method, cookie=cookie, **SCRIPT | headers))
        causes.attempt(asked)
    return asked


def judged() -> None:
    contracts.sample()
    contracts.flush()
    flags.refresh()


def has(cast: Cast) -> tuple[bool, bool]:
    return flags.is_on(FEATURE, cast.owner.pk), flags.is_on(FEATURE, cast.observer.pk)


@pytest.mark.parametrize("rule", list(HEADERS))
def test_one_request_that_no_hand_began_is_enough(cast: Cast, rule: str) -> None:
    ask(cast, "/boards/x/cards/", "POST", **HEADERS[rule])
    contracts.sample()
    assert has(cast) == (False, True)  # in this process at once, before any database is asked
    contracts.flush()
    flags.refresh()
    assert has(cast) == (False, True)
    line = AuditEntry.objects.first()
    assert line is not None and line.actor == f"auto:{rule}"
    assert line.after["evidence"]["count"] == 1
    run = StageRun.objects.get(ended_at=None)
    assert run.violation.startswith("owner: ")
    incidents.flush()
    assert [told["rule"] for told in incidents.recent()][:1] == ["rollback"]


def test_the_bag_says_how_long_it_took(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [10.0], []
    monkeypatch.setattr(contracts, "monotonic", lambda: now[0])
    monkeypatch.setattr(contracts.bags, "seal_later", lambda trigger, **more: asked.append((trigger, more)))
    ask(cast, "/boards/x/cards/", "POST", **HEADERS["unknown-cause"])
    contracts.sample()
    now[0] = 10.75
    contracts.flush()
    ((trigger, more),) = asked
    assert (trigger, more["contained"]) == ("rollback", 0.75)
    assert (more["by"], more["person"]) == ("auto:unknown-cause", f"user:{cast.owner.pk}")


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_connection_that_breaks_loses_no_rollback_and_no_line(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    asked = ask(cast, "/boards/x/cards/", "POST", **HEADERS["unknown-cause"])
    answered(asked, 201)
    contracts.sample()
    broken = Mock(side_effect=error("connection already closed"))
    monkeypatch.setattr(StageRun.objects, "filter", broken)
    contracts.flush()
    observing.flush()
    assert broken.call_count == 2
    monkeypatch.undo()
    assert has(cast) == (False, True)  # meanwhile it stands in this process
    assert not AuditEntry.objects.filter(action="rollout.rollback").exists()
    observing.flush()
    tester = Flag.objects.get(name=FEATURE).testers.get(user=cast.owner)
    assert (tester.requests, tester.edits) == (1, 1)
    contracts.flush()
    contracts.flush()
    (line,) = AuditEntry.objects.filter(action="rollout.rollback")
    assert line.actor == "auto:unknown-cause"


def test_what_people_do_breaks_nothing(cast: Cast) -> None:
    for number in range(50):
        ask(cast, "/boards/x/cards/", "POST", x_cause=f"g{number}")
    ask(cast, "/boards/x/stream/")
    ask(cast, "/boards/x/events/", times=contracts.REPAIRS)
    ask(cast, "/boards/x/", times=contracts.REPAIRS)  # read anew after a reset
    ask(cast, "/boards/x/cards/", "POST", x_cause="g1")  # a lost reply, sent again
    ask(cast, sec_fetch_dest="document")
    judged()
    assert has(cast) == (True, True)


@pytest.mark.parametrize("path", ["/boards/x/events/", "/boards/x/"])
def test_repairing_again_and_again_is_too_much(cast: Cast, path: str) -> None:
    ask(cast, path, times=contracts.REPAIRS + 1)
    judged()
    assert has(cast) == (False, True)


def flap(cast: Cast, now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times in ten seconds the network goes, comes back, and the page is read anew."""
    monkeypatch.setattr(causes, "now", lambda: now[0])
    for _ in range(10):
        ask(cast, "/boards/x/stream/")  # it begins
        ask_only(cast, "/boards/x/")
        judged()
        causes.closed("browser-owner-000")
        now[0] += 1
    causes.opened_elsewhere([browser_key("browser-owner-000")])


def test_a_network_that_comes_and_goes_rolls_nobody_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    flap(cast, now, monkeypatch)
    assert has(cast) == (True, True)
    now[0] += WINDOW_SECONDS
    assert not causes.opens()
    ask_only(cast, "/boards/x/", times=contracts.REPAIRS)
    judged()
    assert has(cast) == (True, True)
    ask_only(cast, "/boards/x/")  # no stream began: an event has caused it
    judged()
    assert has(cast) == (False, True)


def test_a_page_that_answers_events_is_found_also_while_its_network_comes_and_goes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    flap(cast, now, monkeypatch)
    ask_only(cast, "/boards/x/", times=3)  # within the second in which it is looked at
    judged()
    assert has(cast) == (False, True)


def test_counted_by_itself_each_reading_on_such_a_network_would_cost_the_feature(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "_repairs", lambda opens: contracts.REPAIRS)
    flap(cast, [1000.0], monkeypatch)
    assert has(cast) == (False, True)


def test_a_stream_that_began_in_another_process_counts_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        causes.began_elsewhere([browser_key("browser-owner-000")])
    ask_only(cast, "/boards/x/", times=4)
    causes.opened_elsewhere([browser_key("browser-owner-000")])  # said again every few seconds: it began once
    judged()
    assert has(cast) == (True, True)
    ask_only(cast, "/boards/x/", times=2)
    judged()
    assert has(cast) == (False, True)


def test_a_late_loop_counts_twice_and_for_who_is_there(cast: Cast) -> None:
    contracts.present([cast.owner.pk, cast.participant.pk])
    gauges.report("loop_lag_ms", 300)
    for _ in range(3):
        judged()
        assert has(cast) == (True, True)  # given by the shell: nobody's fault that can be named
    StageRun.objects.update(guarded=True)
    gauges.report("loop_lag_ms", 0)
    judged()
    gauges.report("loop_lag_ms", 300)
    judged()
    assert has(cast) == (True, True)
    judged()
    assert has(cast) == (False, True)


def answered(asked: Asked, status: int) -> None:
    async def nothing(_message: Any) -> None:
        return

    send = observing.noted(asked, nothing)
    asyncio.run(send({"type": "http.response.start", "status": status}))


def test_three_failed_requests_in_a_row(cast: Cast) -> None:
    asked = ask(cast, "/boards/x/cards/", "POST", x_cause="g")
    for _ in range(2):
        answered(asked, 500)
    judged()
    assert has(cast) == (True, True)
    answered(asked, 503)  # the safeguards' own word says nothing about the feature
    answered(asked, 500)
    judged()
    assert has(cast) == (False, True)


def test_a_page_that_opens_is_no_reconnect(cast: Cast) -> None:
    for query in ("html=1&since=e-4", "html=1&since=e-4&again=1"):
        asked = ask(cast, "/boards/x/stream/")
        asked.scope["query_string"] = query.encode()
        answered(asked, 200)
    answered(ask(cast, "/boards/x/stream/", last_event_id="e-4"), 200)
    observing.flush()
    assert StageRun.objects.get(ended_at=None).reconnects == 2


def test_what_testers_do_is_written_down_and_nothing_of_others(cast: Cast) -> None:
    asked = ask(cast, "/boards/x/cards/", "POST", x_cause="g")
    for status in (201, 422, 500):
        answered(asked, status)
    stranger = Asked(scope_of("/boards/x/", cookie=f"sessionid=k; who={make_who(cast.participant.pk, 'k')}"))
    sent = object()
    assert observing.noted(stranger, sent) is sent
    observing.flush()
    tester = Flag.objects.get(name=FEATURE).testers.get(user=cast.owner)
    assert (tester.requests, tester.edits, tester.errors) == (3, 1, 1)
    run = StageRun.objects.get(ended_at=None)
    assert (run.requests, run.edits, run.errors) == (3, 1, 1)
    assert run.judged_at is not None


def test_off_nothing_is_rolled_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "violated", lambda *violation: None)
    ask(cast, **HEADERS["caused-by-event"])
    judged()
    assert has(cast) == (True, True)


def test_where_nothing_is_tested_the_judge_writes_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        observing.flush()  # as it begins, and somebody tests: the judge says that it is there
    with django_assert_num_queries(0):
        observing.flush()  # and not again within ten seconds
    rollout.off(FEATURE, actor="admin")
    flags.refresh()
    observing.reset()
    with django_assert_num_queries(1):
        observing.flush()  # as it begins
    with django_assert_num_queries(0):
        observing.flush()
