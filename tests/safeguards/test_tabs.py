"""Several tabs are a page that comes while the stream of another one goes on, not a page that is loaded anew."""

from collections.abc import Iterator

import pytest

from safeguards.causes import Causes
from safeguards.identity import browser_key
from safeguards.rollout import tabs
from tests.safeguards.conftest import Clock

ADA, BROWSER = 1, "browser-ada"


@pytest.fixture
def causes(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Causes]:
    counted = Causes(clock.monotonic)
    monkeypatch.setattr(tabs, "causes", counted)
    yield counted
    tabs.reset()


def after(clock: Clock, seconds: float) -> list[int]:
    clock.forward(seconds)
    return tabs.several()


def test_a_second_tab_counts_once_it_is_sure(causes: Causes, clock: Clock) -> None:
    causes.opened(BROWSER)
    clock.forward(20)
    tabs.opened(ADA, BROWSER)
    assert after(clock, 3) == []
    assert after(clock, 1) == [ADA]
    assert after(clock, 9) == []


def test_a_page_that_is_loaded_anew_begins_a_stream_of_its_own(causes: Causes, clock: Clock) -> None:
    causes.opened(BROWSER)
    clock.forward(20)
    tabs.opened(ADA, BROWSER)
    clock.forward(0.4)
    causes.closed(BROWSER)
    causes.opened(BROWSER)
    assert after(clock, 4) == []


def test_so_it_does_in_another_worker(causes: Causes, clock: Clock) -> None:
    key = browser_key(BROWSER)
    causes.opened_elsewhere([key])
    tabs.opened(ADA, BROWSER)
    clock.forward(1)
    causes.began_elsewhere([key])
    assert after(clock, 4) == []
    tabs.opened(ADA, BROWSER)
    assert after(clock, 4) == [ADA]


def test_a_tab_that_left_is_none(causes: Causes, clock: Clock) -> None:
    causes.opened(BROWSER)
    tabs.opened(ADA, BROWSER)
    causes.closed(BROWSER)
    assert after(clock, 4) == []


def test_what_waits_is_bounded(causes: Causes, clock: Clock) -> None:
    for person in range(2 * tabs.MOST):
        tabs.opened(person, BROWSER)
    assert len(tabs._pages) == tabs.MOST
