"""At level 3 the newest cohort does without what it tests; it comes back with the level, and nobody has to act."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from board import registrations
from board.live import why_paused
from safeguards import admission, flags, models, pressure, rollout, shedders
from safeguards.asked import Asked
from safeguards.identity import make_who
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.rollout import observing
from tests.safeguards.asgi import scope_of
from tests.support.cast import Cast

BOARD, CURSORS = "live_board", "live_cursors"


@pytest.fixture(autouse=True)
def two_stages(db: None, cast: Cast) -> Iterator[None]:
    """The board was given to two people an hour ago, the cursors to one of them now."""
    registrations.register()
    pressure.reset()
    observing.reset()
    give(BOARD, "owner", hours=1)
    give(BOARD, "participant", hours=1)
    give(CURSORS, "owner", hours=0)
    flags.refresh()
    yield
    pressure.reset()
    observing.reset()
    flags.forget()


def give(feature: str, username: str, hours: int) -> None:
    rollout.add(feature, username, actor="admin", reason="a test", consented=True)
    runs = StageRun.objects.filter(flag__name=feature)
    runs.update(began_at=timezone.now() - timedelta(hours=hours))


def may(feature: str, person: Any) -> tuple[bool, str]:
    decision = admission.keep_stream(feature, person.pk)
    return decision.allowed, decision.reason


def make_board_newest() -> None:
    StageRun.objects.filter(flag__name=BOARD).update(began_at=timezone.now() + timedelta(hours=1))
    flags.refresh()


def test_only_the_newest_stage_rests_and_comes_back_with_the_level(cast: Cast) -> None:
    before = list(AuditEntry.objects.values_list("action", flat=True))
    shedders.to_level(2)
    assert may(CURSORS, cast.owner)[0]
    shedders.to_level(3)
    assert shedders.shed()[-2:] == ["newest cohort", "fragments"]
    assert may(CURSORS, cast.owner) == (False, "overload")
    assert may(CURSORS, cast.observer) == (False, "flag_off")  # who never had it hears the same as ever
    assert may(BOARD, cast.owner)[0] and may(BOARD, cast.participant)[0]
    shedders.to_level(2)
    assert may(CURSORS, cast.owner)[0]
    assert list(AuditEntry.objects.values_list("action", flat=True)) == before
    assert Flag.objects.get(name=CURSORS).users.get() == cast.owner


def test_who_tests_the_board_is_told_when_to_come_back(cast: Cast) -> None:
    make_board_newest()
    assert why_paused(cast.participant) is None
    shedders.to_level(3)
    told = why_paused(cast.participant)
    assert told is not None and told.reason == "overload"
    assert why_paused(cast.observer) is None
    assert not flags.is_effective(BOARD, cast.participant.pk)
    assert flags.tested_by(cast.participant.pk) == [BOARD]  # they may still leave the test
    assert may(CURSORS, cast.owner)[0]


def test_off_everybody_keeps_it_at_that_level(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "rest_newest", lambda rests: None)
    shedders.to_level(3)
    assert may(CURSORS, cast.owner)[0]


def test_open_streams_hear_of_it_within_a_look_not_within_a_second(cast: Cast) -> None:
    stance = admission.stance()
    shedders.to_level(3)
    assert admission.stance() != stance
    shedders.to_level(0)
    assert admission.stance() == stance


@pytest.mark.parametrize(
    ("ended", "then"),
    [
        (lambda: rollout.everyone(CURSORS, actor="admin", reason="done"), BOARD),
        (lambda: rollout.off(CURSORS, actor="admin"), BOARD),
        (lambda: [rollout.off(name, actor="admin") for name in (BOARD, CURSORS)], ""),
    ],
    ids=["everyone", "off", "nothing is tested"],
)
def test_a_stage_that_is_over_rests_no_more(ended: Callable[[], Any], then: str) -> None:
    shedders.to_level(3)
    assert flags.resting() == CURSORS
    ended()
    flags.refresh()
    assert flags.resting() == then


def test_what_everybody_has_does_not_rest(cast: Cast) -> None:
    rollout.everyone(BOARD, actor="admin", reason="done")
    make_board_newest()
    shedders.to_level(3)
    assert may(BOARD, cast.owner)[0]
    assert flags.resting() == CURSORS


def test_kill_and_level_four_go_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    shedders.to_level(3)
    monkeypatch.setattr(admission.kill, "killed", lambda: "stop")
    assert may(CURSORS, cast.owner) == (False, "killed")


@pytest.mark.parametrize(("level", "seen"), [(0, (1, 1)), (3, (0, 1))], ids=["on", "resting"])
def test_what_rests_is_not_judged_by_what_its_testers_do(
    cast: Cast, level: int, seen: tuple[int, int]
) -> None:
    shedders.to_level(level)
    cookie = f"sessionid=k; who={make_who(cast.owner.pk, 'k')}"

    async def nothing(_message: Any) -> None:
        return

    send = observing.noted(Asked(scope_of("/boards/x/", cookie=cookie)), nothing)
    asyncio.run(send({"type": "http.response.start", "status": 200}))
    observing.flush()
    runs = StageRun.objects.filter(ended_at=None)
    assert tuple(runs.get(flag__name=name).requests for name in (CURSORS, BOARD)) == seen
    testers = models.Tester.objects.filter(user=cast.owner)
    assert tuple(testers.get(flag__name=name).requests for name in (CURSORS, BOARD)) == seen
