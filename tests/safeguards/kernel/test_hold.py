"""The hold: reached by knocking on after refusals, kept by knocking, ended by quiet alone."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.hold import Hold
from safeguards.kernel.rate_limit import SECOND

WINDOW = 10 * SECOND
START = 1000 * SECOND
GAPS = st.lists(st.integers(0, 12 * SECOND) | st.sampled_from([0, WINDOW, WINDOW + 1]), max_size=40)


class Door:
    """A hold with its clock in the hand."""

    def __init__(self, **more: int) -> None:
        self.ns = START
        self.hold = Hold(lambda: self.ns, **more)

    def knock(self, times: int = 1, key: str = "ada", after: int = 0) -> bool:
        self.ns += after
        return [self.hold.refused(key) for _ in range(times)][-1]


def is_earned(knocks: list[int], limit: int, now: int) -> bool:
    """More than `limit` knocks within one window, and from there on never longer quiet than a window."""
    return any(
        knocks[first + limit] - knocks[first] <= WINDOW
        and all(later - sooner <= WINDOW for sooner, later in pairwise([*knocks[first + limit :], now]))
        for first in range(len(knocks) - limit)
    )


def test_twenty_refusals_in_ten_seconds_are_borne_and_the_next_one_is_held() -> None:
    door = Door()
    assert not door.knock(20)
    assert not door.hold.is_held("ada")
    assert door.knock(after=WINDOW)
    assert door.hold.is_held("ada")
    assert not door.hold.is_held("ben")


def test_a_hold_ends_a_nanosecond_after_ten_seconds_of_quiet() -> None:
    door = Door()
    door.knock(21)
    door.ns += WINDOW
    assert door.hold.is_held("ada")
    door.ns += 1
    assert not door.hold.is_held("ada")


def test_a_hold_lasts_as_long_as_somebody_knocks() -> None:
    door = Door()
    door.knock(21)
    assert all(door.knock(after=8 * SECOND) for _ in range(5))
    assert not door.knock(after=WINDOW + 1)


def test_a_new_window_counts_from_nothing() -> None:
    door = Door()
    door.knock(20)
    assert not door.knock(20, after=WINDOW + 1)
    assert door.knock()


def test_the_window_begins_with_the_first_refusal() -> None:
    door = Door()
    door.knock(19)
    assert not door.knock(after=9 * SECOND)
    assert not door.knock(after=3 * SECOND)


def test_refusals_far_apart_hold_nobody() -> None:
    door = Door()
    assert not any(door.knock(after=SECOND) for _ in range(100))


def test_the_table_of_held_keys_is_bounded_and_forgets_who_was_quiet_longest() -> None:
    door = Door(limit=1, keys=2)
    for key in ("first", "second", "first", "third"):
        door.knock(2, key)
    assert [door.hold.is_held(key) for key in ("first", "second", "third")] == [True, False, True]


def test_as_many_keys_are_held_as_the_table_has_places() -> None:
    door = Door(limit=1, keys=2)
    assert door.knock(2, "first")
    assert door.knock(2, "second")
    assert door.hold.is_held("first")


@given(GAPS)
def test_nobody_is_held_but_by_own_knocks(gaps: list[int]) -> None:
    door, knocks = Door(limit=2), list[int]()
    for gap in gaps:
        door.ns += gap
        assert not door.hold.is_held("ada") or is_earned(knocks, 2, door.ns)
        held = door.knock()
        knocks.append(door.ns)
        assert held == door.hold.is_held("ada")
        assert not held or is_earned(knocks, 2, door.ns)


@given(GAPS)
def test_twice_as_many_as_are_borne_within_one_window_are_always_held(gaps: list[int]) -> None:
    door, knocks = Door(limit=2), list[int]()
    for gap in gaps:
        held = door.knock(after=gap)
        knocks.append(door.ns)
        assert held or len(knocks) < 5 or knocks[-1] - knocks[-5] > WINDOW


@given(GAPS)
def test_quiet_ends_every_hold_and_nothing_is_held_against_who_returns(gaps: list[int]) -> None:
    door = Door(limit=2)
    for gap in gaps:
        door.knock(after=gap)
    door.ns += WINDOW + 1
    assert not door.hold.is_held("ada")
    assert [door.knock() for _ in range(3)] == [False, False, True]
