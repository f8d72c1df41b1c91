"""Blocks of what residents saw, on a clock held by hand."""

import random

import pytest

from safeguards.rollout.block_test import Block, BlockTest, Bounds
from tests.support.clock import Clock

USUAL_MS = 40.0  # so that more than 110 is too slow
ACT_SECONDS = 30 / 18


@pytest.fixture
def clock() -> Clock:
    return Clock()


def blocks(test: BlockTest, clock: Clock, count: int, *ms: float | None) -> list[Block]:
    """`ms` over and over, for so many blocks."""
    seen: list[Block] = []
    turn = 0
    while len(seen) < count:
        clock.pass_(ACT_SECONDS)
        ended = test.see(ms[turn % len(ms)])
        turn += 1
        seen += [ended] if ended else []
    return seen


def test_three_slow_blocks_in_a_row_are_a_finding_and_two_are_none(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    began = clock()
    (first, second) = blocks(test, clock, 2, 111.0)
    assert (first.slow_in_a_row, second.slow_in_a_row, test.finding) == (1, 2, "")
    (third,) = blocks(test, clock, 1, 111.0)
    assert (third.slow_in_a_row, test.finding) == (3, "slow")
    assert clock() - began <= 3 * 30 + 3 * ACT_SECONDS


def test_exactly_as_slow_as_allowed_is_none(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    assert [block.is_slow for block in blocks(test, clock, 10, 110.0)] == [False] * 10
    assert test.finding == ""


def test_a_good_block_between_begins_anew(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    for _ in range(5):
        blocks(test, clock, 2, 500.0)
        blocks(test, clock, 1, 40.0)
    assert test.finding == ""


def test_single_slow_answers_prove_nothing(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    (block,) = blocks(test, clock, 1, 40.0, 40.0, 5000.0)
    assert (block.median_ms, block.p99_ms, block.is_slow) == (40.0, 5000.0, False)
    blocks(test, clock, 20, 40.0, 40.0, 5000.0)
    assert test.finding == ""


def test_three_failures_in_a_row_are_a_finding_at_once(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    for ms in (40.0, None, None, 40.0, None, None):
        assert test.see(ms) is None and test.finding == ""
    test.see(None)
    assert test.finding == "failing"


def test_who_fails_every_other_time_is_slow(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    last = blocks(test, clock, 3, None, None, 40.0)[-1]
    assert (last.median_ms, test.finding) == (None, "slow")


def test_a_pause_is_no_evidence_and_parts_what_was_in_a_row(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    blocks(test, clock, 2, 500.0)
    test.see(None)
    test.see(None)
    test.pause()
    clock.pass_(600)
    test.see(None)
    assert test.finding == ""
    test.pause()
    blocks(test, clock, 2, 500.0)
    assert test.finding == ""


def test_a_block_of_too_few_acts_is_none(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    for _ in range(20):
        clock.pass_(20)
        assert test.see(4000.0) is None
    assert (test.finding, test.last) == ("", None)


def test_a_finding_stays(clock: Clock) -> None:
    test = BlockTest(USUAL_MS, clock)
    blocks(test, clock, 3, 500.0)
    blocks(test, clock, 3, 40.0)
    assert test.finding == "slow"


def test_what_is_as_usual_is_not_taken_back_by_chance() -> None:
    """Two hundred half hours of answers that scatter as widely as on a busy machine."""
    found = 0
    for seed in range(200):
        chance, clock = random.Random(seed), Clock()
        test = BlockTest(USUAL_MS, clock)
        blocks(test, clock, 60, *[USUAL_MS * chance.lognormvariate(0, 0.6) for _ in range(18 * 60)])
        found += bool(test.finding)
    assert found == 0


def test_bounds_can_be_others(clock: Clock) -> None:
    test = BlockTest(10.0, clock, Bounds(block_seconds=5, blocks=1, failures=1, least=1))
    blocks(test, clock, 1, 100.0)
    assert test.finding == "slow" and test.most_ms == 65.0
