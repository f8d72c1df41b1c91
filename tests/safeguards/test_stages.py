"""From nobody to everyone, one stage at a time, by a person's word."""

import getpass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from board.proof import baseline as measuring
from safeguards import flags, models, rollout, stages
from safeguards.models import AuditEntry, StageRun
from safeguards.rollout import baselines, enlisting, rehearsal
from safeguards.stages import Stage
from tests.support.cast import Cast, person
from tests.support.staged import FEATURE, SEEN, add, begin, expose, flag, promote, rehearsed

pytestmark = pytest.mark.usefixtures("forgotten_flags")


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


def test_what_the_shell_does_directly_is_called_unguarded(cast: Cast) -> None:
    rollout.everyone(FEATURE, actor="root", reason="now")
    assert any(notice.startswith("Unguarded") for notice in rollout.notices(flag()))


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
