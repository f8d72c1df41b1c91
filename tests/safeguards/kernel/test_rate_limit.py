"""The limits' arithmetic: exact bounds in every window, for every rhythm of attempts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards.kernel.rate_limit import SECOND, Rate, RateLimiter

GAPS = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=120)
RATES = st.builds(Rate, st.sampled_from([0.005, 0.05, 0.1, 0.6, 1.0, 5.0, 1 / 3]), st.integers(1, 12))


def times(gaps: list[int]) -> list[int]:
    now, found = 10 * SECOND, []
    for gap in gaps:
        now += gap
        found.append(now)
    return found


def assert_no_window_above(rate: Rate, admitted: list[int]) -> None:
    for first, start in enumerate(admitted):
        for last, end in enumerate(admitted[first:], 1):
            assert last <= rate.burst + (end - start) // round(rate.interval * SECOND)


@given(RATES, GAPS)
def test_no_window_admits_more_than_burst_plus_its_length_over_the_interval(
    rate: Rate, gaps: list[int]
) -> None:
    admitted: list[int] = []
    now = [0]
    limiter = RateLimiter(rate, lambda: now[0])
    for now[0] in times(gaps):
        if limiter.admit("ada").allowed:
            admitted.append(now[0])
    assert_no_window_above(rate, admitted)


def test_off_the_same_flood_goes_through() -> None:
    off = RateLimiter(Rate(0.1, 40).times(1000), lambda: 0)
    assert sum(off.admit("ada").allowed for _ in range(1000)) == 1000


@given(RATES, GAPS)
def test_coming_back_after_the_stated_wait_succeeds_and_a_moment_earlier_does_not(
    rate: Rate, gaps: list[int]
) -> None:
    now = [0]
    limiter = RateLimiter(rate, lambda: now[0])
    for now[0] in times(gaps):
        decision = limiter.admit("ada")
        if not decision.allowed:
            assert limiter.wait("ada") == decision.retry_after
            wait = round(decision.retry_after * SECOND)
            now[0] += wait - 1
            assert not limiter.admit("ada").allowed
            now[0] += 1
            assert limiter.admit("ada").allowed
            return


def test_a_refusal_says_why() -> None:
    limiter = RateLimiter(Rate(1.0, 1), lambda: 0)
    limiter.admit("ada")
    assert limiter.admit("ada").reason == "rate"


def test_no_interval_is_shorter_than_a_nanosecond() -> None:
    now = [0]
    limiter = RateLimiter(Rate(0.0, 1), lambda: now[0])
    assert [limiter.admit("ada").allowed for _ in range(2)] == [True, False]
    now[0] = 1
    assert limiter.admit("ada").allowed


def test_people_do_not_share_a_limit() -> None:
    limiter = RateLimiter(Rate(1.0, 2), lambda: 0)
    assert [limiter.admit("ada").allowed for _ in range(3)] == [True, True, False]
    assert limiter.admit("ben").allowed


def test_a_cost_of_three_is_worth_three() -> None:
    now = [0]
    limiter = RateLimiter(Rate(1.0, 1), lambda: now[0])
    limiter.admit("ada", cost=3)
    assert limiter.admit("ada").retry_after == 3.0


def test_asking_for_the_wait_costs_nothing() -> None:
    limiter = RateLimiter(Rate(1.0, 1), lambda: 0)
    assert [limiter.wait("ada") for _ in range(5)] == [0.0] * 5
    limiter.admit("ada")
    assert limiter.wait("ada") == 1.0


@given(st.integers(1, 200))
def test_beyond_a_full_table_all_new_keys_share_one_bucket(strangers: int) -> None:
    limiter = RateLimiter(Rate(1.0, 3), lambda: 0, keys=10)
    for key in range(10):
        limiter.admit(f"known-{key}")
    admitted = sum(limiter.admit(f"new-{key}").allowed for key in range(strangers))
    assert admitted == min(3, strangers)
    assert len(limiter) <= 11


@given(RATES, st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 3 * SECOND)), max_size=120))
def test_all_who_share_the_bucket_together_keep_one_limit(rate: Rate, asks: list[tuple[str, int]]) -> None:
    now, admitted = [0], list[int]()
    limiter = RateLimiter(rate, lambda: now[0], keys=2)
    for known in ("first", "second"):
        limiter.admit(known, cost=10**12)  # no place of theirs becomes free
    for key, gap in asks:
        now[0] += gap
        if limiter.admit(key).allowed:
            admitted.append(now[0])
    assert_no_window_above(rate, admitted)
    assert bool(asks) == bool(admitted)


@given(RATES, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3 * SECOND)), max_size=120))
def test_the_table_never_grows_beyond_its_keys_and_the_one_they_share(
    rate: Rate, asks: list[tuple[int, int]]
) -> None:
    now = [0]
    limiter = RateLimiter(rate, lambda: now[0], keys=5)
    for number, gap in asks:
        now[0] += gap
        act = limiter.admit if number % 2 else limiter.follow
        act(f"key-{number}", number)
        assert len(limiter) <= 5 + 1


def test_a_place_is_free_the_moment_its_key_is_full_again_and_no_sooner() -> None:
    now = [0]
    limiter = RateLimiter(Rate(1.0, 1), lambda: now[0], keys=1)
    limiter.admit("old")
    now[0] = SECOND - 1
    assert [limiter.admit(key).allowed for key in ("new", "newer")] == [True, False]
    now[0] = SECOND
    assert limiter.admit("newest").allowed


def test_who_followed_a_shared_count_beyond_a_full_table_shares_that_bucket() -> None:
    limiter = RateLimiter(Rate(1.0, 1), lambda: 0, keys=1)
    limiter.admit("known")
    limiter.follow("new", 5 * SECOND)
    assert limiter.admit("newer").retry_after == 5.0


def test_a_key_that_is_full_again_makes_room_for_a_new_one() -> None:
    now = [0]
    limiter = RateLimiter(Rate(1.0, 2), lambda: now[0], keys=1)
    limiter.admit("old")
    now[0] = SECOND
    assert [limiter.admit("new").allowed for _ in range(3)] == [True, True, False]
    assert len(limiter) == 1


def test_wide_is_a_thousand_times_as_much() -> None:
    assert Rate(0.1, 40).times(1000) == Rate(0.0001, 40_000)


def test_a_share_admits_less_in_all_and_one_at_least() -> None:
    assert Rate(0.1, 43).share(4) == Rate(0.4, 10)
    assert Rate(5, 2).share(4) == Rate(20, 1)


@given(st.integers(1, 8), st.integers(1, 60))
def test_processes_that_follow_a_shared_count_admit_no_more_alone(processes: int, burst: int) -> None:
    """The store is lost after some admissions: all shares together stay within what was left."""
    rate = Rate(1.0, burst)
    together = RateLimiter(rate, lambda: 0)
    used = sum(together.admit("k").allowed for _ in range(burst // 2))
    left = 0
    for _ in range(processes):
        alone = RateLimiter(rate.share(processes), lambda: 0)
        alone.follow("k", together.backlog("k"))
        left += sum(alone.admit("k").allowed for _ in range(burst + 1))
    assert used + left <= max(burst, used + processes)


def test_following_never_forgets_what_is_known_here() -> None:
    limiter = RateLimiter(Rate(1.0, 3), lambda: 1000 * SECOND)
    limiter.admit("k", cost=3)
    limiter.follow("k", 0)
    assert limiter.backlog("k") == 3 * SECOND
    limiter.follow("k", 10 * SECOND)
    assert limiter.wait("k") == 8.0


def test_who_is_not_known_has_no_backlog_however_early_the_clock() -> None:
    assert RateLimiter(Rate(1.0, 3), lambda: 0).backlog("unknown") == 0


CASES = json.loads((Path(__file__).resolve().parents[2] / "fixtures" / "rate_limit.json").read_text())[
    "cases"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['interval_ms']}ms-{case['burst']}")
def test_it_answers_as_the_browser_does(case: dict[str, Any]) -> None:
    now = [0]
    limiter = RateLimiter(Rate(case["interval_ms"] / 1000, case["burst"]), lambda: now[0])
    for at, cost, wait in case["steps"]:
        now[0] = at * 1_000_000
        assert limiter.admit("k", cost).retry_after * 1000 == wait


def test_who_has_no_place_in_a_full_table_waits_as_long_as_they_would_be_refused() -> None:
    limiter = RateLimiter(Rate(1.0, 1), lambda: 0, keys=1)
    limiter.admit("known")
    assert limiter.admit("stranger").allowed  # the first of all strangers
    assert limiter.wait("another") == limiter.admit("another").retry_after == 1.0


def test_whoever_is_new_to_a_full_table_takes_the_place_of_the_oldest() -> None:
    now = [0]
    limiter = RateLimiter(Rate(1.0, 1), lambda: now[0], keys=2)
    limiter.admit("old")
    now[0] = SECOND
    limiter.admit("recent")
    assert limiter.admit("new").allowed
    assert not limiter.admit("recent").allowed
