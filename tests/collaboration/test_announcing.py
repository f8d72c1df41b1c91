"""What the server leaves out is said again before pages believe that it is over, as long as it goes on."""

from types import SimpleNamespace
from typing import Any

import pytest

from collaboration import hub as module
from collaboration.hub import Hub
from safeguards import pressure

DWELL = 15.0


class Told(Hub):
    def __init__(self) -> None:
        self._level, self._announce_at = 0, 0.0
        self.said: list[Any] = []
        listener: Any = SimpleNamespace(mailbox=SimpleNamespace(offer=self.said.append))
        self.streams = [listener]  # type: ignore[assignment]  # such a one cannot be in a set


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    now = SimpleNamespace(level=0, until=0.0)
    monkeypatch.setattr(pressure, "level", lambda: now.level)
    monkeypatch.setattr(pressure, "ladder", lambda: SimpleNamespace(until=lambda: now.until))
    monkeypatch.setattr(pressure, "notice", lambda: {"level": now.level, "until": now.until})
    return now


def seconds(hub: Told, first: int, last: int) -> int:
    """How many notices go out in these seconds."""
    before = len(hub.said)
    for second in range(first, last):
        hub._announce(float(second))
    return len(hub.said) - before


def test_while_it_stays_hot_no_page_says_that_it_is_over(state: SimpleNamespace) -> None:
    hub = Told()
    assert seconds(hub, 0, 60) == 0  # nothing is left out
    state.level, state.until = 2, DWELL
    assert seconds(hub, 60, 60 + int(DWELL) - int(module.EARLY_SECONDS)) == 1
    assert seconds(hub, 72, 75) == 1  # before the page's 15 s are over
    assert seconds(hub, 75, 195) == 10  # and so on, not each second
    state.level, state.until = 0, 0.0
    assert seconds(hub, 195, 255) == 1


def test_a_step_that_is_about_to_end_is_not_told_each_second(state: SimpleNamespace) -> None:
    hub = Told()
    state.level, state.until = 1, 0.0
    assert seconds(hub, 0, 20) == 4
