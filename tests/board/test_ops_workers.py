"""The operations page is rendered by one worker and speaks of all of them."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string

from board import guards
from board.ops import known, stored, workers
from safeguards import leases, pressure, status
from safeguards.resources import gauges
from safeguards.resources.sampler import sampler

pytestmark = pytest.mark.django_db
Told = dict[str, Any]
PRESSED = {"why": "r", "fresh": True, "whole": True}


@pytest.fixture(autouse=True)
def well(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(sampler, "is_whole", True)
    monkeypatch.setattr(leases, "is_fresh", lambda: True)
    monkeypatch.setattr(leases, "is_blind", lambda: False)
    pressure.reset()
    stored.forget()
    gauges.report("ladder_level", 0)
    yield
    gauges.report("ladder_level", 0)


def worker(pid: int, standing: Any = None, **figures: float) -> Told:
    row = {"pid": pid, "cores": 0.1, "rss_bytes": 1, "beat_age_s": 0.1, "gauges": figures}
    return row | {"loud": {} if standing is None else {"standing": standing}}


def page(*rows: Told) -> Told:
    return known.known({"workers": list(rows), "restarts": 0, "known_age_s": 0.1})


def light(told: Told, name: str) -> tuple[str, str]:
    ((tone, word),) = [(one.tone, one.word) for one in told["lights"] if one.name == name]
    return tone, word


def test_the_words_are_those_of_the_highest_worker() -> None:
    lag = PRESSED | {"why": "loop_lag_ms"}
    told = page(worker(2, PRESSED, ladder_level=1), worker(3, lag, ladder_level=3))
    assert (told["level"], told["why"]) == (3, "the server answers too slowly")
    told = page(worker(2, PRESSED, ladder_level=3), worker(3, lag, ladder_level=1))
    assert (told["level"], told["why"]) == (3, "requests cause one another")


@pytest.mark.parametrize("said", [None, 7, {}, {"why": ["r"]}, {"why": "no gauge"}])
def test_a_worker_that_does_not_say_why_is_in_the_table(said: Any) -> None:
    told = page(worker(2, said, ladder_level=4))
    assert (told["level"], told["why"]) == (4, "a worker is pressed; the table says which")
    assert (light(told, "Sampler")[0], light(told, "Lease")[0], told["missing"]) == ("good", "good", "")


def test_a_worker_that_is_left_alone_is_shown_so() -> None:
    rows = worker(2), worker(3) | {"left_alone": "cpu-spin"}
    table = render_to_string("ops/_workers.html", page(*rows))
    assert re.findall(r"(\d) \(computes without end; left alone, without live\)", table) == ["3"]
    figures = status.prometheus_text({"workers": list(rows), "restarts": 0}).splitlines()
    told = [line.rpartition(" ")[2] for line in figures if 'figure="left_alone"' in line]
    assert told == ["0", "1"]


def test_the_lights_are_the_worst_of_all() -> None:
    assert light(page(worker(2, PRESSED)), "Sampler") == ("good", "measures")
    told = page(worker(2, PRESSED), worker(3, PRESSED | {"whole": False}), worker(4, PRESSED))
    assert light(told, "Sampler") == ("bad", "misses figures in worker 3")
    assert light(told, "Lease") == ("good", "renewed")  # not for so long that it was blind
    told = page(worker(2, PRESSED), worker(3, PRESSED | {"fresh": False}), worker(4, {"fresh": False}))
    assert light(told, "Lease") == ("bad", "has run out in worker 3, 4: live is off there")
    assert (told["tone"], told["missing"]) == ("bad", "in worker 3, 4, whose lease nobody renews")
    told = page(worker(2, safeguard_blind=1.0))
    assert (light(told, "Sampler")[0], light(told, "Lease")[0]) == ("bad", "bad")


def test_this_process_speaks_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    stale = worker(os.getpid(), {"why": "r", "fresh": False, "whole": False}, ladder_level=3)
    told = page(stale)
    assert (told["level"], told["tone"], light(told, "Lease")[0]) == (0, "good", "good")
    monkeypatch.setattr(leases, "is_fresh", lambda: False)
    monkeypatch.setattr(sampler, "is_whole", False)
    told = page(worker(2, PRESSED))
    assert light(told, "Lease") == ("bad", "has run out: live is off")
    assert light(told, "Sampler") == ("bad", "misses figures")


def test_each_heartbeat_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure.ladder(), "reason", "r")
    monkeypatch.setattr(leases, "is_fresh", lambda: False)
    assert guards.told()["standing"] == {"why": "r", "fresh": False, "whole": True}
    assert workers.standing(None).is_leaseless
