"""From nobody to everyone, one stage at a time: up by a person's word, down by itself."""

import getpass
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from board.proof import baseline as measuring
from safeguards import flags, models, rollout, stages
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.rollout import baselines, enlisting, operations, people, rehearsal
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.staged import FEATURE, SEEN, add, begin, expose, promote, rehearsed


@pytest.fixture(autouse=True)
def fresh(db: None) -> Iterator[None]:
    flags.forget()
    yield
    flags.forget()


def flag() -> Flag:
    return Flag.objects.get(name=FEATURE)


def test_the_whole_way_up_and_nobody_loses_it(cast: Cast) -> None:
    begin()
    had: set[int] = set()
    way = []
    people = [person(f"p{number}") for number in range(40)]

    def fill() -> None:
        """As many testers as the stage is for."""
        for number in range(models.Tester.objects.count(), stages.TESTERS.get(rollout.stage_of(flag()), 0)):
            add(f"p{number}")

    while rollout.stage_of(flag()) is not Stage.EVERYONE:
        fill()
        expose()
        way.append(promote())
        flags.refresh()
        has = {one.pk for one in people if flags.is_on(FEATURE, one.pk)}
        assert had <= has
        assert flags.is_on(FEATURE, cast.owner.pk)
        had = has
    assert way == [Stage.TWO, Stage.FOUR, Stage.EIGHT, Stage.QUARTER, Stage.EVERYONE]
    assert had == {one.pk for one in people}


@pytest.mark.parametrize("missing", ["baseline", "synthetic people", "their pass"])
def test_nobody_is_named_before_synthetic_people_have_tried_it(cast: Cast, missing: str) -> None:
    if missing == "their pass":
        rehearsed(FEATURE)
        expose(requests=299)
    elif missing == "synthetic people":
        baselines.keep({})
    said = {
        "baseline": "no baseline",
        "synthetic people": "try it first",
        "their pass": "HOLD: Not seen enough",
    }
    before = rollout.status(flag())
    with pytest.raises(rollout.NotReady, match=said[missing]):
        add("owner")
    assert rollout.status(flag()) == before
    assert not models.Tester.objects.filter(user=cast.owner).exists()


def test_the_shell_gives_it_directly_and_that_is_called_unguarded(cast: Cast) -> None:
    rollout.add(FEATURE, "owner", actor="shell", reason="now")
    assert rollout.stage_of(flag()) is Stage.ONE
    assert any(notice.startswith("Unguarded") for notice in rollout.notices(flag()))


def test_the_first_tester_is_the_stage_after_the_synthetic_one(cast: Cast) -> None:
    rehearsed(FEATURE)
    assert rollout.status(flag())["testers"] == ["synthetic-stand-in"]
    add("owner")
    assert rollout.stage_of(flag()) is Stage.ONE
    assert rollout.status(flag())["testers"] == ["owner"]
    assert [tester.user for tester in models.Tester.objects.all()] == [cast.owner]


def test_what_synthetic_people_could_not_do_holds(cast: Cast) -> None:
    run = rehearsed(FEATURE)
    assert rollout.verdict(run).word == "PASS"
    rehearsal.tell([run], "unheard")
    run.refresh_from_db()
    assert rollout.verdict(run).reasons == (
        "The synthetic people did not hear a change of their own over their stream.",
    )
    rehearsal.tell([run], "")
    run.refresh_from_db()
    assert rollout.verdict(run).word == "PASS"


def test_who_comes_when_their_stage_is_over_is_given_nothing(cast: Cast) -> None:
    run = rehearsed(FEATURE)
    late = [person("synthetic-late")]
    enlisting.enlist([run], late)
    assert rollout.status(flag())["testers"] == ["synthetic-late", "synthetic-stand-in"]
    lines = AuditEntry.objects.filter(action="rollout.enlist").count()
    enlisting.enlist([run], late)
    rollout.off(FEATURE, actor="admin")
    enlisting.enlist([run], late)
    assert rollout.status(flag())["testers"] == []
    assert AuditEntry.objects.filter(action="rollout.enlist").count() == lines


def test_one_tester_does_not_do_for_two(cast: Cast) -> None:
    begin()
    expose()
    promote()
    expose()
    assert rollout.verdict(rollout.running(flag())).reasons == ("This stage is for 2: add 1 tester more.",)
    with pytest.raises(rollout.NotReady, match="HOLD: This stage is for 2"):
        promote()
    add("observer")
    StageRun.objects.filter(ended_at=None).update(began_at=timezone.now() - timedelta(minutes=31))
    assert rollout.verdict(rollout.running(flag())).reasons == (
        "Not there yet since this stage began: observer.",
    )
    expose()
    assert promote() is Stage.FOUR
    expose()
    assert rollout.verdict(rollout.running(flag())).reasons == ("This stage is for 4: add 2 testers more.",)


@pytest.mark.parametrize("missing", list(SEEN))
def test_what_was_not_seen_holds(cast: Cast, missing: str) -> None:
    begin()
    expose(**{missing: SEEN[missing] - 1})
    with pytest.raises(rollout.NotReady, match="HOLD: Not seen enough yet"):
        promote()
    assert rollout.stage_of(flag()) is Stage.ONE


def test_silence_holds(cast: Cast) -> None:
    begin()
    expose()
    models.Tester.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(rollout.NotReady, match="silence proves nothing"):
        promote()


def test_a_judge_that_is_gone_holds(cast: Cast) -> None:
    begin()
    expose()
    StageRun.objects.update(judged_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(rollout.NotReady, match="Nobody has judged it"):
        promote()


def test_with_the_rules_off_it_grows_at_once(cast: Cast, settings: Any) -> None:
    settings.PARLEY = {
        f"exposure_{name}": 0 for name in ("requests", "minutes", "edits", "reconnects", "tabs")
    }
    begin()
    StageRun.objects.update(judged_at=timezone.now(), residents_at=timezone.now())
    models.Tester.objects.update(seen_at=timezone.now())
    assert promote() is Stage.TWO


def test_a_full_stage_takes_nobody_else(cast: Cast) -> None:
    begin()
    with pytest.raises(rollout.NotReady, match="has room for 1"):
        add("observer")
    assert models.Tester.objects.count() == 1


def test_a_violation_takes_it_from_that_tester_alone(cast: Cast) -> None:
    begin()
    expose()
    promote()
    add("observer")
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner", evidence={"hop": 4})
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.owner.pk)
    assert flags.is_on(FEATURE, cast.observer.pk)
    line = AuditEntry.objects.first()
    assert line is not None and (line.actor_kind, line.after["evidence"]) == ("auto", {"hop": 4})
    expose()
    with pytest.raises(rollout.NotReady, match="FAIL: owner: a chain"):
        promote()


def test_the_last_tester_rolled_back_switches_it_off(cast: Cast) -> None:
    begin()
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner")
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner")
    assert flag().everyone is False
    assert rollout.sentence(flag()) == "Off: nobody has it."
    assert StageRun.objects.get(stage=Stage.ONE).violation == "owner: a chain"


def test_from_a_share_it_goes_one_stage_back_and_named_ones_stay(cast: Cast) -> None:
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=25)
    operations.rollback(FEATURE, actor="admin", reason="too slow")
    flags.refresh()
    assert rollout.stage_of(flag()) is Stage.EIGHT
    assert flags.is_on(FEATURE, cast.owner.pk)


def test_who_leaves_a_share_stays_out_when_it_grows(cast: Cast) -> None:
    begin()
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert flags.is_on(FEATURE, cast.observer.pk)
    rollout.leave(FEATURE, cast.observer)
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.observer.pk)
    assert flags.is_on(FEATURE, cast.participant.pk)


@pytest.mark.parametrize("way", ["leaves", "is removed", "is rolled back", "came last"])
def test_who_lost_it_among_a_few_is_in_no_share_until_they_agree_again(cast: Cast, way: str) -> None:
    begin()
    expose()
    promote()
    add("observer")
    if way == "leaves":
        rollout.leave(FEATURE, cast.observer)
    elif way == "is removed":
        rollout.remove(FEATURE, "observer", actor="admin")
    elif way == "is rolled back":
        operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="observer")
    else:
        operations.rollback(FEATURE, actor="admin", reason="too slow")
    assert (rollout.status(flag())["testers"], people.named(flag()).count()) == (["owner"], 1)
    operations.off(FEATURE, actor="admin")
    rollout.leave(FEATURE, cast.observer)  # pressed twice
    Flag.objects.filter(name=FEATURE).update(everyone=None, stage=Stage.QUARTER, share=100)
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.observer.pk)
    assert flags.is_on(FEATURE, cast.participant.pk)
    assert rollout.explain(flag(), cast.observer).startswith("No: they left or lost it")
    rollout.add(FEATURE, "observer", actor="admin", consented=True)
    flags.refresh()
    assert flags.is_on(FEATURE, cast.observer.pk)
    assert rollout.explain(flag(), cast.observer).startswith("Yes, tester since")


def test_who_left_makes_room_and_breaks_no_silence(cast: Cast) -> None:
    begin()
    expose()
    rollout.leave(FEATURE, cast.owner)
    assert models.Tester.objects.get().added_by == flags.LEFT
    add("observer")
    models.Tester.objects.filter(user=cast.owner).update(seen_at=timezone.now())
    with pytest.raises(rollout.NotReady, match="silence proves nothing"):
        promote()


def test_synthetic_people_who_lost_it_may_try_again(cast: Cast) -> None:
    run = rehearsed(FEATURE)
    enlisting.enlist([run], [person("synthetic-late")])
    operations.remove(FEATURE, "synthetic-late", actor="admin")
    assert not models.Tester.objects.filter(added_by=flags.LEFT).exists()
    assert run.guarded


def test_what_the_shell_does_directly_is_called_unguarded(cast: Cast) -> None:
    rollout.everyone(FEATURE, actor="root", reason="now")
    assert any(notice.startswith("Unguarded") for notice in rollout.notices(flag()))


@pytest.mark.parametrize("actor", ["auto:r", "admin"])
def test_a_tester_who_is_rolled_back_has_it_by_no_share_either(cast: Cast, actor: str) -> None:
    rollout.add(FEATURE, "owner", actor="admin")
    Flag.objects.filter(name=FEATURE).update(stage=Stage.QUARTER, share=100)
    operations.rollback(FEATURE, actor=actor, reason="it broke", username="owner")
    flags.refresh()
    assert not flags.is_on(FEATURE, cast.owner.pk)
    assert flags.is_on(FEATURE, cast.observer.pk)


def test_what_nobody_has_any_more_is_taken_back_by_a_rule_once(cast: Cast) -> None:
    for name in ("owner", "observer"):
        rollout.add(FEATURE, name, actor="admin")
    for _found in range(2):
        operations.rollback(FEATURE, actor="auto:r", reason="it broke", username="owner")
    assert AuditEntry.objects.filter(action="rollout.rollback").count() == 1


def test_what_the_shell_gave_stays_unguarded_one_stage_back(cast: Cast) -> None:
    rollout.everyone(FEATURE, actor="shell", reason="all at once")
    operations.rollback(FEATURE, actor="admin", reason="too much")
    assert not StageRun.objects.get(ended_at=None).guarded


def test_a_share_is_sticky_and_about_as_big_as_it_says() -> None:
    places = [stages.place(FEATURE, pk) for pk in range(4000)]
    assert 900 < sum(place < 25 for place in places) < 1100
    assert [stages.place(FEATURE, pk) for pk in range(10)] == places[:10]
    assert places[:10] != [stages.place("live_cursors", pk) for pk in range(10)]


def test_a_baseline_is_kept_with_a_line_that_names_who_measured_it(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"page_ms": {"low": 10, "mid": 40, "high": 90}}
    monkeypatch.setattr(measuring, "measure", lambda seconds: figures)
    call_command("baseline", "record")
    baselines.keep({})
    known = baselines.fresh()
    by_itself, by_hand = AuditEntry.objects.all()
    assert known is not None and by_itself.after["baseline"] == known.pk
    assert (by_itself.actor_kind, by_itself.actor) == ("auto", "auto:baseline")
    assert (by_hand.actor_kind, by_hand.actor) == ("user", getpass.getuser())
    assert (by_hand.action, by_hand.subject) == ("baseline.keep", baselines.host_class())
    assert by_hand.after["figures"] == figures
