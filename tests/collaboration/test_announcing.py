"""What the server leaves out is said again before pages believe that it is over, as long as it goes on."""

from types import SimpleNamespace
from typing import Any

import pytest

from collaboration.announcing import EARLY_SECONDS, Announcing
from safeguards import pressure

DWELL = 15.0


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    now = SimpleNamespace(level=0, until=0.0)
    monkeypatch.setattr(pressure, "level", lambda: now.level)
    monkeypatch.setattr(pressure, "ladder", lambda: SimpleNamespace(until=lambda: now.until))
    monkeypatch.setattr(pressure, "notice", lambda: {"level": now.level, "until": now.until})
    return now


def seconds(announcing: Announcing, first: int, last: int) -> int:
    """How many notices go out in these seconds."""
    said: list[Any] = []
    stream = SimpleNamespace(mailbox=SimpleNamespace(offer=said.append))
    for second in range(first, last):
        announcing.tell([stream], float(second))
    return len(said)


def test_while_it_stays_hot_no_page_says_that_it_is_over(state: SimpleNamespace) -> None:
    announcing = Announcing()
    assert seconds(announcing, 0, 60) == 0  # nothing is left out
    state.level, state.until = 2, DWELL
    assert seconds(announcing, 60, 60 + int(DWELL) - int(EARLY_SECONDS)) == 1
    assert seconds(announcing, 72, 75) == 1  # before the page's 15 s are over
    assert seconds(announcing, 75, 195) == 10  # and so on, not each second
    state.level, state.until = 0, 0.0
    assert seconds(announcing, 195, 255) == 1


def test_a_step_that_is_about_to_end_is_not_told_each_second(state: SimpleNamespace) -> None:
    announcing = Announcing()
    state.level, state.until = 1, 0.0
    assert seconds(announcing, 0, 20) == 4
