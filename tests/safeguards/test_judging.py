"""What the supervisor concludes, with a clock held by hand."""

import pytest

from safeguards.judging import Judge, Rules, Seen


class Held:
    def __init__(self) -> None:
        self.at = 0.0
        self.judge = Judge(Rules(), lambda: self.at)

    def look(self, seconds: float = 0.5, **seen: float) -> str:
        self.at += seconds
        return self.judge.look(Seen(**{"cores": 0.1, "rss": 0, "silent": 0.2, "level": 0} | seen))


def test_a_calm_worker_breaks_no_rule() -> None:
    assert {Held().look() for _ in range(20)} == {""}


def test_a_spin_is_ended_after_five_seconds_although_everything_is_shed() -> None:
    held = Held()
    said = [held.look(cores=0.97, level=2) for _ in range(12)]
    assert said[:10] == [""] * 10
    assert said[10] == "cpu-spin"


@pytest.mark.parametrize("seen", [{"cores": 0.97, "level": 1}, {"cores": 0.9, "level": 4}])
def test_work_that_has_not_shed_yet_or_less_than_a_core_is_left_alone(seen: dict[str, float]) -> None:
    held = Held()
    assert {held.look(**seen) for _ in range(100)} == {""}


def test_a_worker_that_spins_and_says_nothing_is_not_believed() -> None:
    held = Held()
    assert [held.look(cores=1.0, silent=0.8) for _ in range(11)][-1] == "cpu-spin"


def test_a_pause_begins_the_five_seconds_anew() -> None:
    held = Held()
    for _ in range(9):
        held.look(cores=1, level=2)
    held.look(cores=0.2, level=2)
    assert {held.look(cores=1, level=2) for _ in range(10)} == {""}


def test_silence_for_five_seconds_is_a_blocked_loop_but_not_while_it_starts() -> None:
    assert Held().look(silent=5.0) == "blocked-loop"
    assert Held().look(silent=4.9) == ""
    assert Held().look(silent=19, has_beaten=False, age=19) == ""
    assert Held().look(silent=21, has_beaten=False, age=21) == "blocked-loop"


def test_memory_counts_when_it_was_seen_twice() -> None:
    held = Held()
    assert [held.look(rss=int(0.95 * 2**30)) for _ in range(2)] == ["", "memory"]
    assert [held.look(rss=int(0.89 * 2**30)) for _ in range(2)] == ["", ""]


def test_stacks_are_wanted_once_per_silence() -> None:
    held = Held()
    seen = [0.3, 0.8, 1.0, 0.1, 0.9]
    assert [held.judge.wants_stacks(Seen(0, 0, silent, 0)) for silent in seen] == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_a_gap_in_its_own_clock_cancels_what_it_was_about_to_conclude() -> None:
    held = Held()
    for _ in range(10):
        held.look(cores=1, level=2)
    held.judge.forget()
    assert held.look(seconds=100, cores=1, level=2) == ""
