"""What is left out under pressure goes in order, and comes back in the reverse order."""

from collections.abc import Iterator

import pytest

from board import registrations
from collaboration.shedding import pace
from safeguards import shedders


@pytest.fixture(autouse=True)
def nothing_stays_shed() -> Iterator[None]:
    registrations.register()
    yield
    shedders.to_level(0)


def test_everything_of_the_indicators_is_registered_once_and_in_order() -> None:
    registrations.register()
    assert [(shedder.name, shedder.level) for shedder in shedders.registered()] == [
        ("pulses coalesced", 1),
        ("pulses coalesced more", 1),
        ("cursors", 2),
        ("typing", 2),
        ("presence detail", 2),
        ("newest cohort", 3),
        ("fragments", 3),
    ]


def test_each_step_sheds_one_thing_more_and_each_step_back_returns_it() -> None:
    seen = [state()]
    while shedders.one_more(2):
        seen.append(state())
    assert seen == [
        (0.1, True, True, True),
        (0.25, True, True, True),
        (1.0, True, True, True),
        (1.0, False, True, True),
        (1.0, False, False, True),
        (1.0, False, False, False),
    ]
    back = [state()]
    while shedders.one_less():
        back.append(state())
    assert back == list(reversed(seen))


def test_a_level_takes_what_belongs_to_it_and_leaves_the_rest() -> None:
    shedders.to_level(1)
    assert shedders.shed() == ["pulses coalesced", "pulses coalesced more"]
    shedders.to_level(2)
    assert state() == (1.0, False, False, False)
    shedders.to_level(1)
    assert state() == (1.0, True, True, True)
    shedders.to_level(0)
    assert state() == (0.1, True, True, True)


def test_one_that_fails_does_not_keep_the_next_from_being_shed(caplog: pytest.LogCaptureFixture) -> None:
    known = list(shedders._registered)
    try:
        shedders.register("broken", 1, lambda: 1 / 0, lambda: 1 / 0)
        shedders.to_level(2)
        assert "broken" in shedders.shed()
        assert not pace.cursors
        assert "The shedder 'broken' failed." in caplog.text
        shedders.to_level(0)
    finally:
        shedders._registered[:] = known


def state() -> tuple[float, bool, bool, bool]:
    return pace.tick, pace.cursors, pace.typing, pace.detail
