"""A loop that runs fast is ended between two samples; a few requests that follow one accuse nobody so soon."""

from typing import Any

import pytest

from safeguards import breakers, causes, conf, pressure
from safeguards.asked import Asked
from safeguards.identity import make_who
from safeguards.resources import gauges
from tests.safeguards.asgi import scope_of
from tests.safeguards.conftest import Clock

EARLY = int(conf.NUMBERS["r_early"])


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    fresh = causes.Causes()
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(causes, "causes", fresh)
    settings.LADDER, settings.DATA_DIR = "act", tmp_path


def react(pk: int, times: int) -> None:
    """Requests of one person that name an event as their cause."""
    cookie = f"sessionid=k{pk}; who={make_who(pk, f'k{pk}')}; browser=browser-of-{pk}"
    for number in range(times):
        said = {"cookie": cookie, "x_caused_by": f"epoch-{number}", "sec_fetch_dest": "empty"}
        causes.causes.attempt(Asked(scope_of("/boards/x/cards/", "POST", **said)))


def test_one_who_runs_away_is_put_aside_before_the_next_sample(clock: Clock) -> None:
    react(1, EARLY - 1)
    pressure.look()
    assert breakers.quarantined() == {}
    react(1, 1)
    pressure.look()
    assert set(breakers.quarantined()) == {"user:1"}
    assert gauges.value("ladder_level") == 0


def test_many_who_run_away_together_rest_together(clock: Clock) -> None:
    for pk in range(EARLY):
        react(pk, 1)
    pressure.look()
    assert not breakers.ask().allowed
    assert breakers.quarantined() == {}


def test_who_reacts_as_often_as_is_allowed_is_not_taken_for_the_one_who_runs_away(clock: Clock) -> None:
    react(1, EARLY)
    react(2, conf.RATES["reaction"].burst)
    pressure.look()
    assert set(breakers.quarantined()) == {"user:1"}


def test_what_a_sample_has_seen_is_not_looked_at_again(clock: Clock) -> None:
    react(1, EARLY - 1)
    for person in range(10, 100):  # causes enough: R is low
        causes.causes._second().began[f"user:{person}"] += 1
    pressure.sample()
    react(1, 1)
    assert causes.causes.unseen == 1


def test_only_observed_nobody_is_held_back(clock: Clock, settings: Any) -> None:
    settings.LADDER = "observe"
    react(1, EARLY)
    pressure.look()
    assert breakers.ask_person("user:1").allowed
