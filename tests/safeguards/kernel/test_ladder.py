"""The ladder: up quickly, down slowly, never beyond what its monitors may ask for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeguards.kernel.ladder import Ladder
from safeguards.kernel.pressure import Monitor, Reading

LAG = Monitor("lag", 250, 0.2, 1.0, 0.1)
CPU = Monitor("cpu", 1.0, 0.6, 0.85, 0.5, most=2)
CALM, WARM, HOT, BETWEEN = 10, 100, 300, 40  # milliseconds of lag
PACES = st.floats(0.5, 20) | st.sampled_from([1, 15, 300, 600, 601])  # seconds from one sample to the next
SAMPLES = st.lists(st.tuples(st.sampled_from([CALM, BETWEEN, WARM, HOT]), PACES), max_size=60)


class Held:
    def __init__(self) -> None:
        self.at = 0.0
        self.ladder = Ladder(lambda: self.at)

    def see(self, lag: float, times: int = 1, cpu: float = 0.0) -> int:
        for _ in range(times):
            self.at += 1
            self.ladder.sample([LAG.reading(lag), CPU.reading(cpu)])
        return self.ladder.level


@pytest.mark.parametrize(
    ("value", "pressure"), [(-1, 0), (0, 0), (125, 0.5), (250, 1), (9999, 1), (float("nan"), 1)]
)
def test_pressure_is_a_share_from_nothing_to_all(value: float, pressure: float) -> None:
    assert LAG.pressure(value) == pressure


def test_levels_are_reached_at_and_not_below() -> None:
    at, below = LAG.reading(50), LAG.reading(49)
    assert (at.is_warm, below.is_warm) == (True, False)
    assert (LAG.reading(250).is_hot, LAG.reading(249).is_hot) == (True, False)
    assert (LAG.reading(25).is_clear, LAG.reading(26).is_clear) == (True, False)
    assert (at.name, at.value, at.most) == ("lag", 50, 4)
    assert LAG.reading(300, most=1).most == 1
    assert CPU.reading(1.0, most=4).most == 2


def test_one_hot_sample_does_nothing_and_two_go_to_the_second_level() -> None:
    held = Held()
    assert held.see(HOT) == 0
    assert held.see(CALM) == 0
    assert held.see(HOT) == 0
    assert held.see(HOT) == 2
    assert held.ladder.reason == "lag"


def test_it_begins_at_nothing_and_stays_there_without_a_monitor() -> None:
    held = Held()
    assert [held.ladder.sample([]) for _ in range(3)] == [0, 0, 0]
    assert held.ladder.reason == ""


def test_what_asks_for_more_is_the_reason_then_what_presses_more_then_what_comes_first() -> None:
    held, other = Held(), Monitor("other", 1.0, 0.6, 0.85, 0.5)
    loud = Monitor("loud", 1.0, 0.6, 0.85, 0.5, most=1)

    def reason(*readings: Reading) -> str:
        ladder = Ladder(lambda: held.at)
        for _ in range(2):
            ladder.sample(readings)
        return ladder.reason

    assert reason(loud.reading(1.0), LAG.reading(HOT), other.reading(0.9)) == "lag"
    assert reason(other.reading(0.9), LAG.reading(HOT)) == "lag"
    assert reason(other.reading(1.0), LAG.reading(HOT)) == "other"
    assert reason(LAG.reading(HOT), other.reading(1.0)) == "lag"


def test_a_warm_monitor_that_may_ask_for_nothing_gets_nothing() -> None:
    ladder = Ladder(lambda: 0.0)
    assert [ladder.sample([LAG.reading(lag, most=0)]) for lag in (WARM, WARM, HOT, HOT)] == [0] * 4


def test_what_asks_for_the_level_there_is_begins_no_step_up() -> None:
    held = Held()
    held.see(WARM, 3)
    assert [held.see(HOT), held.see(HOT)] == [1, 2]


def test_a_warm_sample_and_a_hot_one_agree_on_the_first_level() -> None:
    held = Held()
    held.see(WARM)
    assert held.see(HOT) == 1


def test_warm_is_the_first_level_and_stays_there() -> None:
    assert Held().see(WARM, 100) == 1


def test_what_stays_hot_climbs_one_level_with_every_two_samples_to_the_top() -> None:
    held = Held()
    assert [held.see(HOT, 2) for _ in range(5)] == [2, 3, 4, 4, 4]


def test_no_monitor_climbs_beyond_the_fourth_level() -> None:
    ladder = Ladder(lambda: 0.0)
    boundless = Monitor("boundless", 1.0, 0.6, 0.85, 0.5, most=9)
    assert max(ladder.sample([boundless.reading(1.0)]) for _ in range(20)) == 4


def test_a_monitor_alone_goes_no_higher_than_it_may() -> None:
    held = Held()
    assert held.see(CALM, 100, cpu=1.0) == 2
    assert held.ladder.reason == "cpu"


def test_down_one_level_at_a_time_after_the_dwell() -> None:
    held = Held()
    held.see(HOT, 6)
    assert held.see(CALM, 15) == 4
    assert held.see(CALM) == 3
    assert held.ladder.reason == "lag"
    assert held.see(CALM, 14) == 3
    assert held.see(CALM) == 2
    assert held.see(CALM, 30) == 0
    assert held.ladder.reason == ""


def test_between_clear_and_warn_a_level_is_kept() -> None:
    held = Held()
    held.see(HOT, 4)
    assert held.see(BETWEEN, 100) == 3
    assert held.see(CALM, 16) == 2


def test_another_monitor_that_never_asked_keeps_nothing() -> None:
    held = Held()
    held.see(HOT, 4)
    assert held.see(CALM, 16, cpu=0.55) == 2
    assert held.see(CALM, 30, cpu=0.55) == 0


def test_a_monitor_that_became_warm_on_the_way_down_holds_the_first_level() -> None:
    held = Held()
    held.see(HOT, 4)
    held.see(CALM, 31, cpu=0.7)
    assert all(held.see(CALM, cpu=0.7) == 1 for _ in range(100))
    assert held.see(CALM, 16) == 0


def test_a_warm_sample_at_the_first_level_starts_its_dwell_anew() -> None:
    held = Held()
    held.see(WARM, 2)
    held.see(CALM, 10)
    held.see(WARM)
    assert [held.see(CALM, 15), held.see(CALM)] == [1, 0]


def test_a_relapse_while_calming_down_starts_the_dwell_anew() -> None:
    held = Held()
    held.see(HOT, 2)
    held.see(CALM, 10)
    held.see(HOT)
    assert held.see(CALM, 15) == 2
    assert held.see(CALM) == 1


def test_flapping_doubles_the_dwell_up_to_ten_minutes_and_peace_forgives() -> None:
    held = Held()
    seen = []
    for _ in range(8):
        held.see(HOT, 2)
        seen.append(held.ladder.dwell)
        while held.ladder.level:
            held.see(CALM)
    assert seen == [15, 30, 60, 120, 240, 480, 600, 600]


@pytest.mark.parametrize(("quiet", "dwell"), [(597, 30), (598, 15)])
def test_ten_minutes_after_a_step_down_a_step_up_is_no_flap(quiet: float, dwell: float) -> None:
    held = Held()
    held.see(HOT, 2)
    held.see(CALM, 31)
    assert held.ladder.level == 0
    held.at += quiet
    held.see(HOT, 2)
    assert held.ladder.dwell == dwell


def test_a_flap_counts_once_however_far_it_climbs() -> None:
    held = Held()
    held.see(HOT, 2)
    held.see(CALM, 31)
    assert held.see(HOT, 6) == 4
    assert held.ladder.dwell == 30


def test_it_says_when_it_is_over() -> None:
    held = Held()
    assert held.ladder.until() == 0
    held.see(HOT, 2)
    assert held.ladder.until() == 15
    held.see(CALM, 6)
    assert held.ladder.until() == 10
    held.at += 100
    assert held.ladder.until() == 0


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 2)), max_size=80))
def test_whatever_is_measured_the_bounds_hold_and_calm_ends_it(samples: list[tuple[float, float]]) -> None:
    held, last, streak = Held(), 0, 0
    for lag, cpu in samples:
        before = held.at
        level = held.see(lag, cpu=cpu)
        pressing = LAG.reading(lag).is_warm or CPU.reading(cpu).is_warm
        streak = streak + 1 if pressing else 0
        assert 0 <= level <= 4
        assert level >= last - 1
        assert level <= last or streak >= 2
        assert level <= 2 or level <= last or LAG.reading(lag).is_hot
        assert held.at == before + 1
        last = level
    for _ in range(600 * 5):
        if held.see(CALM) == 0:
            break
    assert held.see(CALM, 20) == 0


@given(SAMPLES)
def test_every_step_up_takes_two_samples_of_its_own(samples: list[tuple[float, float]]) -> None:
    held, pressing = Held(), 0
    for lag, pace in samples:
        held.at += pace - 1
        before, after = held.ladder.level, held.see(lag)
        pressing = pressing + 1 if lag in (WARM, HOT) else 0
        assert after <= before or pressing >= 2
        assert after <= before or after <= max(2 if lag == HOT else 1, before + 1)
        pressing = 0 if after > before else pressing


@given(SAMPLES)
def test_no_more_than_one_level_goes_down_per_dwell(samples: list[tuple[float, float]]) -> None:
    held, moved_at = Held(), 0.0
    for lag, pace in samples:
        held.at += pace - 1
        before, after = held.ladder.level, held.see(lag)
        if after < before:
            assert after == before - 1
            assert held.at - moved_at >= held.ladder.dwell >= 15
        moved_at = held.at if after != before else moved_at


@given(SAMPLES)
def test_a_step_up_soon_after_a_step_down_doubles_the_dwell_to_ten_minutes_at_most(
    samples: list[tuple[float, float]],
) -> None:
    held, dwell, down_at = Held(), 15.0, list[float]()
    for lag, pace in samples:
        held.at += pace - 1
        before, after = held.ladder.level, held.see(lag)
        if after < before:
            down_at = [held.at]
        elif after > before and down_at:
            dwell = min(600, dwell * 2) if held.at - down_at.pop() < 600 else 15
        assert held.ladder.dwell == dwell
