"""Sentence, ladder and verdict say the same, and what they say is who has it: after whatever operators do, in any order."""

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from board.models import User
from board.proof.staged import SEEN
from safeguards import flag_page, flags, models, rollout
from safeguards.models import Flag, StageRun
from safeguards.rollout import baselines, enlisting, operations, rehearsal
from safeguards.stages import Stage
from tests.support.cast import person
from tests.support.staged import FEATURE, USUAL

NAMES = [f"p{number}" for number in range(5)]
WALKS, STEPS = 8, 12
EVERYBODY_SEEN = [
    "On for ",  # somebody has it
    "Nobody has it now",  # a stage waits
    "Off: ",
]


@pytest.fixture(autouse=True)
def people(db: None) -> Iterator[None]:
    baselines.keep({"page_ms": USUAL})
    for name in (*NAMES, "synthetic-tester-1", "synthetic-resident-1"):
        person(name)
    User.objects.filter(username="p0").update(is_superuser=True)
    flags.forget()
    yield
    flags.forget()


def flag() -> Flag:
    return Flag.objects.get(name=FEATURE)


class Operators:
    """All that changes who has a feature; each may be refused, and then nothing has changed."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def somebody(self) -> str:
        return self.chance.choice(
            list(User.objects.filter(username__in=NAMES).values_list("username", flat=True))
        )

    def add(self) -> None:
        rollout.add(FEATURE, self.somebody(), actor="a", reason="r", consented=True, guarded=True)

    def add_directly(self) -> None:
        rollout.add(FEATURE, self.somebody(), actor="shell")

    def remove(self) -> None:
        rollout.remove(FEATURE, self.somebody(), actor="a")

    def leave(self) -> None:
        rollout.leave(FEATURE, User.objects.get(username=self.somebody()))

    def delete_account(self) -> None:
        if User.objects.filter(username__in=NAMES).count() > 2:
            User.objects.filter(username=self.somebody()).delete()

    def promote(self) -> None:
        now = timezone.now()
        StageRun.objects.filter(ended_at=None, violation="").update(
            began_at=now - timedelta(hours=1), judged_at=now, residents_at=now, **SEEN
        )
        models.Tester.objects.update(seen_at=now)
        rollout.promote(FEATURE, actor="a", reason="r")

    def come(self) -> None:
        enlisting.enlist(rehearsal.staged(), [User.objects.get(username="synthetic-tester-1")])

    def violate(self) -> None:
        operations.rollback(FEATURE, actor="auto:r", reason="r", username=self.somebody())

    def step_back(self) -> None:
        operations.rollback(FEATURE, actor="a", reason="r")

    def end_stay(self) -> None:
        if (run := rollout.running(flag())) is not None:
            operations.end_stay(run, actor="auto:canary-residents", reason="slow", evidence={})

    def everyone(self) -> None:
        rollout.everyone(FEATURE, actor="shell", reason="r")

    def off(self) -> None:
        rollout.off(FEATURE, actor="a")

    def expire(self) -> None:
        Flag.objects.filter(name=FEATURE).update(expires_at=timezone.now())

    def extend(self) -> None:
        Flag.objects.filter(name=FEATURE).update(expires_at=None)

    def superusers(self) -> None:
        Flag.objects.filter(name=FEATURE).update(superusers=self.chance.choice([True, False]))

    def act(self) -> str:
        acts = [
            name for name in vars(Operators) if not name.startswith("_") and name not in {"act", "somebody"}
        ]
        often = ["promote", "come", "extend", "add", "add_directly"] * 2
        name = self.chance.choice(acts + often)
        try:
            getattr(self, name)()
        except rollout.NotReady:
            name += " (refused)"
        return name


def agree(done: list[str]) -> str:
    """Raises AssertionError where words and truth differ; the sentence."""
    flags.refresh()
    has = {one.username for one in User.objects.all() if flags.is_on(FEATURE, one.pk)}
    shown = flag_page.known(flag(), "")
    (at,) = [number for number, step in enumerate(shown["stages"]) if step["state"] in {"now", "idle"}]
    is_idle, stage = shown["stages"][at]["state"] == "idle", list(Stage)[at]
    said, word = shown["sentence"], shown["verdict"].word if shown["verdict"] else ""
    told = f"{done}: {said!r}, {stage}, idle {is_idle}, {word}, {has}"
    starts = next(start for start in EVERYBODY_SEEN if said.startswith(start))
    if starts == "On for ":
        # A share may hold nobody of the few there are.
        assert (has or flag().share) and not is_idle, told
    else:
        assert not has, told
        assert is_idle == (starts == "Nobody has it now"), told
        assert (stage is Stage.OFF) == (starts == "Off: "), told
    assert (said == "On for everyone.") == (stage is Stage.EVERYONE and not is_idle), told
    supers = {"p0"} if "for superusers" in said else set()
    assert has <= {"synthetic-tester-1"} | supers or "On for synthetic people" not in said, told
    named = {name for name in has if not name.startswith("synthetic-")}
    if re.match(r"On for \d+ named", said):
        assert int(said.split()[2]) == flag().users.count() > 0 and named, told
    assert (
        word in {"", "FAIL"} if stage in {Stage.OFF, Stage.EVERYONE} else word in {"PASS", "HOLD", "FAIL"}
    ), told
    assert not (is_idle and word == "PASS"), told
    assert bool(shown["bars"]) == (stage not in {Stage.OFF, Stage.EVERYONE}), told
    assert StageRun.objects.filter(flag=flag(), ended_at=None).count() == (stage is not Stage.OFF), told
    return str(starts)


@pytest.mark.parametrize("walk", range(WALKS))
def test_whatever_was_done_the_page_says_what_is(walk: int) -> None:
    operators, done = Operators(random.Random(walk)), ["begun"]  # a walk that can be repeated
    agree(done)
    for _step in range(STEPS):
        done.append(operators.act())
        agree(done)


@pytest.mark.parametrize("are_there", [True, False])
def test_superusers_are_named_where_there_are_some(are_there: bool) -> None:
    User.objects.update(is_superuser=are_there)
    rollout.add(FEATURE, "p1", actor="shell")
    Flag.objects.filter(name=FEATURE).update(superusers=True)
    said = ", and for superusers." if are_there else "; nobody else. Superusers: no."
    assert rollout.sentence(flag()) == f"On for 1 named tester{said}"


def test_after_the_last_tester_left_or_was_deleted_it_is_not_called_off(db: None) -> None:
    for gone in (
        lambda: rollout.leave(FEATURE, User.objects.get(username="p1")),
        lambda: User.objects.get(username="p1").delete(),
    ):
        rollout.add(FEATURE, "p1", actor="shell")
        gone()
        assert agree([]) == "Nobody has it now"
        assert "This stage is for 1: add 1 tester more." in verdict().reasons


def test_what_has_expired_is_nobodys_and_holds(db: None) -> None:
    rollout.add(FEATURE, "p1", actor="shell")
    Flag.objects.filter(name=FEATURE).update(expires_at=timezone.now())
    assert agree([]) == "Nobody has it now"
    assert "It has expired, and is off for everybody." in verdict().reasons
    assert rollout.explain(flag(), User.objects.get(username="p1")) == "No: it has expired."


def test_on_for_everyone_by_another_hand_is_not_promoted_back_to_synthetic_people(db: None) -> None:
    Flag.objects.filter(name=FEATURE).update(everyone=True, stage="")
    with pytest.raises(rollout.NotReady, match="Everyone has it already"):
        rollout.promote(FEATURE, actor="a", reason="r")


def verdict() -> Any:
    run = rollout.running(flag())
    assert run is not None
    return rollout.verdict(run)
