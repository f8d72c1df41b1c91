"""However long live is off, the pages that were live come back unaided: none of them uses up its ten tries."""

import math
from collections.abc import Callable
from functools import cache

import pytest

from safeguards import admission, leases, pressure
from safeguards.kernel.circuit_breaker import CircuitBreaker
from safeguards.kernel.decision import Decision
from safeguards.kernel.lease import Lease
from safeguards.patience import LONGEST_SECONDS, Patience
from tests.support.clock import Clock

PAGES = 30
WINDOW_SECONDS, TRIES = 600, 10  # static/js/live/stream.js
SPREAD_SECONDS = 5.0  # of a goodbye, and of what the ladder says


class Page:
    """Asks when it was told to, up to a second later, as the script does; after ten tries in ten minutes it gives up."""

    def __init__(self, number: int) -> None:
        self.key, self.late = f"user:{number}", number / PAGES
        self.due = SPREAD_SECONDS * self.late
        self.tries: list[float] = []
        self.live_at = math.inf

    def ask(self, now: float, attempt: Callable[[str], Decision]) -> None:
        self.tries = [at for at in self.tries if now - at < WINDOW_SECONDS]
        assert len(self.tries) < TRIES, f"{self.key} gave up after {now} s"
        self.tries.append(now)
        answer = attempt(self.key)
        if answer.allowed:
            self.live_at = now
        else:
            self.due = now + math.ceil(answer.retry_after) + self.late


def come_back(clock: Clock, attempt: Callable[[str], Decision], seconds: float) -> list[float]:
    """When each is live again, from the moment in which they lost it."""
    pages, began = [Page(number) for number in range(PAGES)], clock.time
    while (now := clock.time - began) < seconds:
        for page in pages:
            if page.live_at == math.inf and page.due <= now:
                page.ask(now, attempt)
        clock.pass_(0.25)
    return [page.live_at for page in pages]


@pytest.mark.parametrize("rest", [30.0, 120.0, 600.0])
def test_after_a_rest_one_tries_and_then_all_are_back(rest: float) -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock)
    breaker.trip("recycled", rest)

    def attempt(key: str) -> Decision:
        answer = breaker.attempt(key)
        if answer.allowed:
            breaker.succeeded(key)
        return answer

    back = come_back(clock, attempt, rest + 100)
    assert min(back) <= rest + 3
    assert max(back) <= rest + 65


@pytest.mark.parametrize("away", [6.0, 45.0, 60.0, 180.0, 900.0, 3600.0])
def test_however_long_the_lease_is_gone_all_come_back(away: float, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    lease = Lease(clock)
    monkeypatch.setattr(leases, "lease", lease)
    monkeypatch.setattr(leases, "patience", Patience(5.0, clock))
    ends = clock.time + away

    def attempt(key: str) -> Decision:
        if clock.time >= ends:
            lease.renew()
        return admission.is_off(key)

    assert max(come_back(clock, attempt, away + LONGEST_SECONDS + 10)) <= away + LONGEST_SECONDS + 2


@pytest.mark.parametrize("away", [20.0, 180.0, 900.0, 3600.0])
def test_however_long_the_server_is_full_all_come_back(away: float, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        level, reason = 4, ""

        def until(self) -> float:
            return 15.0

    clock, full = Clock(), Full()
    monkeypatch.setattr(pressure, "ladder", cache(lambda: full))  # as what it stands for
    monkeypatch.setattr(pressure, "patience", Patience(5.0, clock))
    monkeypatch.setattr(pressure.random, "uniform", lambda least, most: most)
    ends = clock.time + away

    def attempt(_key: str) -> Decision:
        full.level = 4 if clock.time < ends else 0
        return pressure.ask()

    back = come_back(clock, attempt, away + LONGEST_SECONDS + 10)
    assert max(back) <= away + LONGEST_SECONDS + SPREAD_SECONDS + 2


def test_the_next_time_begins_anew() -> None:
    clock = Clock()
    patience = Patience(5.0, clock)
    assert patience.seconds() == 5
    clock.pass_(40)
    assert patience.seconds() == 40
    clock.pass_(400)
    assert patience.seconds() == LONGEST_SECONDS
    patience.is_back()
    assert patience.seconds() == 5
