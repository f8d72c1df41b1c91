"""An operator's word about one person reaches every process, and holds where rules only observe."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safeguards import admission, breakers, pressure, quarantine
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.identity import browser_key

WHO = "user:7"


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.LADDER = tmp_path, "observe"
    quarantine.forget()
    yield
    quarantine.forget()


def another_process() -> None:
    """One that knows nothing yet."""
    breakers.reset()
    quarantine.forget()


def test_it_holds_here_and_in_a_process_that_reads_later() -> None:
    quarantine.put(WHO, 600, "too loud", "ada")
    assert not breakers.ask_person(WHO).allowed
    another_process()
    assert breakers.ask_person(WHO).allowed
    quarantine.obey()
    assert not breakers.ask_person(WHO).allowed
    reason, left = breakers.quarantined()[WHO]
    assert reason == "too loud" and 590 < left <= 600


def test_a_release_reaches_a_process_that_held_by_a_rule() -> None:
    breakers.quarantine(WHO, "request-loop")
    (quarantine._path()).write_text(
        json.dumps({WHO: {"at": time.time(), "until": 0, "reason": "", "by": "ada"}})
    )
    quarantine.obey()
    assert not breakers.is_quarantined(WHO)


def test_the_longer_word_replaces_what_a_rule_began() -> None:
    breakers.quarantine(WHO, "request-loop")
    quarantine.put(WHO, 3600, "again", "ada")
    assert breakers.quarantined()[WHO][1] > 3000


def test_an_order_is_followed_once() -> None:
    quarantine.put(WHO, 600, "too loud", "ada")
    version = breakers.version()
    os.utime(quarantine._path())
    quarantine.obey()
    quarantine.obey()
    assert breakers.version() == version


def test_what_is_over_is_not_followed_and_forgotten() -> None:
    old = {"at": time.time() - 9000, "until": time.time() - 8000, "reason": "old", "by": "ada"}
    quarantine._path().write_text(json.dumps({WHO: old}))
    quarantine.obey()
    assert not breakers.is_quarantined(WHO)
    quarantine.put("user:8", 600, "x", "ada")
    assert list(quarantine.orders()) == list(quarantine._read()) == ["user:8"]


@pytest.mark.parametrize("told", ["", "{", "[]", '{"user:7": 3}', '{"user:7": {"at": "x"}}'])
def test_a_file_of_any_shape_does_no_harm(told: str) -> None:
    quarantine._path().write_text(told)
    quarantine.obey()
    assert quarantine.orders() == {}
    quarantine.put(WHO, 600, "x", "ada")
    assert list(quarantine.orders()) == [WHO]


def test_the_file_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST", 3)
    for number in range(6):
        quarantine.put(f"user:{number}", 600, "x", "ada")
    assert list(quarantine.orders()) == ["user:3", "user:4", "user:5"]


def test_what_a_browser_put_aside_causes_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure.settings, "LADDER", "act")
    held = Causes(lambda: 100.0)
    scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "client": ("127.0.0.1", 1)}
    asked = Asked(scope)
    asked.__dict__ |= {"person": WHO, "browser": "abcdefgh12345678", "caused_by": "an event"}
    held.attempt(asked)
    assert held.own(pressure._is_contained) == (0, 1)
    assert admission.admit_reaction(asked).allowed
    quarantine.put(browser_key("abcdefgh12345678"), 600, "loops", "ada")
    assert held.own(pressure._is_contained) == (0, 0)
    assert not admission.admit_reaction(asked).allowed
    assert breakers.ask_person(WHO).allowed
