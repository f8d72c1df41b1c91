"""What residents say holds a stage, and what they find takes it back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from safeguards import flags, incidents, models, rollout
from safeguards.models import AuditEntry, Flag, Incident, StageRun
from safeguards.rollout import baselines, operations, residents, residents_rule
from safeguards.rollout.block_test import Block
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.staged import FEATURE, add, begin

OTHER = "live_cursors"
GOOD = Block(18, 0, 41.0, 80.0, 110.0, 0)
SLOW = Block(18, 2, 300.0, None, 110.0, 2)


@pytest.fixture(autouse=True)
def fresh(db: None, settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    flags.forget()
    baselines.keep({"page_ms": {"low": 10, "mid": 40, "high": 90}})
    yield
    flags.forget()


def names(feature: str) -> set[str]:
    return set(Flag.objects.get(name=feature).users.values_list("username", flat=True))


def said(run: StageRun) -> residents.Light:
    run.refresh_from_db()
    return residents.light(run)


def test_they_say_hold_until_they_have_said_pass(cast: Cast) -> None:
    run = begin()
    assert said(run).word == "HOLD" and "have not said anything" in said(run).words
    residents.tell([run], GOOD)
    assert said(run) == (
        "PASS",
        "Everybody else notices nothing. In the last block of 18 acts: median 41 ms, p99 80 ms, 0 failed; "
        "too slow from 110 ms. Usual: 10 to 90 ms.",
    )
    residents.tell([run], SLOW)
    assert said(run).word == "HOLD" and "2 of 3 blocks in a row" in said(run).words
    assert "p99 no answer, 2 failed" in said(run).words


def test_silence_is_no_pass(cast: Cast) -> None:
    run = begin()
    residents.tell([run], GOOD)
    StageRun.objects.update(residents_at=timezone.now() - timedelta(seconds=91))
    assert said(run).word == "HOLD" and "silence proves nothing" in said(run).words
    assert any("silence proves" in why for why in rollout.verdict(run).reasons)


def test_a_baseline_without_residents_is_none(cast: Cast) -> None:
    run = begin()
    residents.tell([run], GOOD)
    baselines.keep({"page_ms": {"low": 1}})
    assert "does not say what residents usually see" in said(run).words


def test_what_the_shell_gave_is_not_watched_and_holds(cast: Cast) -> None:
    rollout.add(FEATURE, "owner", actor="root")
    run = StageRun.objects.get(ended_at=None)
    assert residents.watched() == []
    assert said(run).word == "HOLD" and "with the shell" in said(run).words


def test_they_live_beside_tested_stages_only(cast: Cast) -> None:
    assert residents.watched() == []
    run = begin()
    assert residents.watched() == [run]
    Flag.objects.filter(name=FEATURE).update(expires_at=timezone.now())
    assert residents.watched() == []
    Flag.objects.filter(name=FEATURE).update(expires_at=None)
    rollout.everyone(FEATURE, actor="admin", reason="ready")
    assert residents.watched() == []


def test_a_finding_takes_the_stage_back_with_all_that_tells_of_it(cast: Cast) -> None:
    run = begin()
    residents_rule.roll_back(residents.watched(), "slow", {"median_ms": 300.0}, 91.0)
    flag = Flag.objects.get(name=FEATURE)
    assert rollout.stage_of(flag) is Stage.SYNTHETIC
    assert names(FEATURE) == {"synthetic-stand-in"}
    entry = AuditEntry.objects.filter(action="rollout.rollback").get()
    assert (entry.actor_kind, entry.actor) == ("auto", "auto:canary-residents")
    assert entry.reason == "everybody else had to wait longer than usual"
    assert entry.after["evidence"] == {"median_ms": 300.0}
    assert said(run).word == "FAIL"
    after = StageRun.objects.get(ended_at=None)
    assert said(after).word == "FAIL" and "The stage before was taken back" in said(after).words
    residents.tell([after], GOOD)
    assert said(after).word == "PASS"
    incidents.flush()
    assert Incident.objects.filter(rule="canary-residents").count() == 1


def test_its_bag_says_what_was_and_why(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []
    monkeypatch.setattr(residents_rule.bags, "seal_later", lambda rule, **more: asked.append((rule, more)))
    begin()
    runs = residents.watched()
    for _twice in range(2):
        residents_rule.roll_back(runs, "slow", {}, 91.0)
    ((rule, more),) = asked
    assert (rule, more["stage"], more["contained"]) == ("canary-residents", "1", 91.0)
    assert more["reason"] == "everybody else had to wait longer than usual"
    assert more["before"]["testers"] == ["owner"]


def test_the_newest_testers_go_first(cast: Cast) -> None:
    begin()
    for name in ("facilitator", "participant", "observer"):
        rollout.add(FEATURE, name, actor="root")
    run = StageRun.objects.get(flag__name=FEATURE, ended_at=None)
    assert run.stage == Stage.FOUR
    done = operations.end_stay(run, actor="auto:canary-residents", reason="slow", evidence={})
    assert done is not None and (done.was, done.stage) == ("4", Stage.TWO)
    assert names(FEATURE) == {"owner", "facilitator"}
    assert models.Tester.objects.count() == 2


def test_the_stage_that_began_last_goes_first_down_to_off_and_then_the_other(cast: Cast) -> None:
    begin("observer", OTHER)
    begin()
    gone = []
    while runs := residents.watched():
        gone.append((runs[0].flag.name, runs[0].stage))
        residents_rule.roll_back(runs, "failing", {}, 1.0)
    assert gone == [(FEATURE, "1"), (FEATURE, "synthetic"), (OTHER, "1"), (OTHER, "synthetic")]


def test_a_stay_that_has_ended_meanwhile_is_not_taken_back_again(cast: Cast) -> None:
    begin()
    runs = residents.watched()
    residents_rule.roll_back(runs, "slow", {}, 1.0)
    residents_rule.roll_back(runs, "slow", {}, 1.0)
    assert rollout.stage_of(Flag.objects.get(name=FEATURE)) is Stage.SYNTHETIC
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == 1


def test_residents_take_part_in_nothing(cast: Cast) -> None:
    bystander, synthetic = person("synthetic-resident-1"), person("synthetic-9")
    begin()
    for nobody in (bystander, synthetic):
        with pytest.raises(rollout.NotReady, match="synthetic person"):
            add(nobody.username)
    assert names(FEATURE) == {"owner"}
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert flags.is_on(FEATURE, cast.observer.pk)
    for nobody in (bystander, synthetic):
        assert not flags.is_on(FEATURE, nobody.pk)


def test_the_flag_page_shows_them(cast: Cast) -> None:
    run = begin()
    residents.tell([run], GOOD)
    cast.owner.is_staff = cast.owner.is_superuser = True
    cast.owner.save()
    client = Client()
    client.force_login(cast.owner)
    page = client.get(reverse("admin:safeguards_flag_change", args=[run.flag.pk])).text
    light = re.search(r'id="residents" data-word="PASS"><b>PASS</b> (.*?)</p>', page)
    assert light and "median 41 ms" in light[1] and "Usual: 10 to 90 ms." in light[1]
