"""A tester whose requests cause one another loses the test, whoever else is there; whoever is innocent keeps it.

Each second goes through what the sampler is really told to do, in that order."""

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from board import guards
from safeguards import breakers, flags, kill
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.identity import make_who
from safeguards.models import AuditEntry
from safeguards.resources import gauges
from safeguards.rollout import contracts
from tests.safeguards.asgi import scope_of
from tests.support.cast import Cast

FEATURE = "live_board"
STRANGERS = 1_000  # the number of the first person who tests nothing


@pytest.fixture(autouse=True)
def acting(tested: None, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LADDER, settings.DATA_DIR = "act", tmp_path
    monkeypatch.setattr(gauges, "_values", {})


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What the sampler and the chores do each second."""
    sampler, chores = Mock(), Mock()
    for name, value in {"sampler": sampler, "chores": chores, "_started": []}.items():
        monkeypatch.setattr(guards, name, value)
    monkeypatch.setattr(guards.bags, "witness", Mock())
    monkeypatch.setattr(kill, "is_supervised", True)
    guards.start(Mock())
    measured = [call.args[0] for call in sampler.subscribe.call_args_list]
    assert contracts.sample in measured
    assert contracts.flush in [call.args[0] for call in chores.subscribe.call_args_list]

    def pass_() -> None:
        for measuring in measured:
            measuring()
        contracts.flush()
        flags.refresh()

    return pass_


def write(pk: int, gesture: str, times: int = 1) -> None:
    cookie = f"sessionid=k{pk}; who={make_who(pk, f'k{pk}')}; browser=browser-of-{pk}"
    said = {"cookie": cookie, "x_cause": gesture, "sec_fetch_dest": "empty"}
    for _ in range(times):
        causes.attempt(Asked(scope_of("/boards/x/cards/", "POST", **said)))


def ordinary(people: int) -> None:
    """Each makes a gesture every other second, and one reply is lost."""
    for number in range(people):
        for gesture in range(5):
            write(STRANGERS + number, f"g{number}-{gesture}")
    if people:
        write(STRANGERS, "g0-0")


def has(cast: Cast) -> tuple[bool, bool]:
    return flags.is_on(FEATURE, cast.owner.pk), flags.is_on(FEATURE, cast.observer.pk)


def rules() -> list[str]:
    return list(AuditEntry.objects.filter(action="rollout.rollback").values_list("actor", flat=True))


@pytest.mark.parametrize("ladder", ["act", "observe"])
@pytest.mark.parametrize("people", [0, 5, 20])
def test_a_tester_whose_page_answers_threefold_is_found_at_once(
    cast: Cast, second: Callable[[], None], settings: Any, people: int, ladder: str
) -> None:
    settings.LADDER = ladder
    ordinary(people)
    write(cast.observer.pk, "another", 2)
    write(cast.owner.pk, "one", 1 + 3 * 4)  # four events
    second()
    assert has(cast) == (False, True)
    assert rules() == ["auto:r"]
    line = AuditEntry.objects.get(action="rollout.rollback")
    assert (line.after["evidence"]["count"], line.after["evidence"]["causes"]) == (12, 1)


@pytest.mark.parametrize("people", [0, 5, 20])
def test_a_reply_that_was_lost_blames_nobody_beside_a_runaway_who_tests_nothing(
    cast: Cast, second: Callable[[], None], people: int
) -> None:
    ordinary(people)
    write(cast.owner.pk, "one", 2)
    write(cast.participant.pk, "runaway", 400)
    for _second in range(3):
        second()
    assert [*breakers.quarantined()] == [f"user:{cast.participant.pk}"]
    assert has(cast) == (True, True)
    assert rules() == []


def test_as_many_repeats_as_gestures_are_few_only_below_ten(cast: Cast, second: Callable[[], None]) -> None:
    for gesture in range(8):
        write(cast.owner.pk, f"g{gesture}", 2)  # eight lost replies
    second()
    assert has(cast) == (True, True)
    write(cast.owner.pk, "g0")
    second()
    assert has(cast) == (False, True)


def test_whoever_shares_a_loop_and_is_put_aside_for_it_loses_the_test_too(
    cast: Cast, second: Callable[[], None]
) -> None:
    write(cast.owner.pk, "one", 1 + 8)  # not enough by itself
    write(cast.participant.pk, "two", 1 + 8)
    second()
    assert {*breakers.quarantined()} == {f"user:{person.pk}" for person in (cast.owner, cast.participant)}
    assert has(cast) == (False, True)
    assert rules() == ["auto:r"]


def test_only_observed_nobody_is_put_aside_and_blamed_for_it(
    cast: Cast, second: Callable[[], None], settings: Any
) -> None:
    settings.LADDER = "observe"
    write(cast.owner.pk, "one", 1 + 8)
    write(cast.participant.pk, "two", 1 + 8)
    second()
    assert has(cast) == (True, True)
