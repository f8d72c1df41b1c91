"""Three errors in a row reject, sixty-five good answers accept, and the risks are as promised."""

import random

import pytest

from safeguards.rollout.sequential_test import SequentialTest, Verdict


def until_decided(rate: float, chance: random.Random, most: int = 5000) -> tuple[Verdict, int]:
    test = SequentialTest()
    for number in range(1, most + 1):
        verdict = test.see(error=chance.random() < rate)
        if verdict is not Verdict.GOING_ON:
            return verdict, number
    return Verdict.GOING_ON, most


def test_three_errors_in_a_row_reject_and_it_stays_so() -> None:
    test = SequentialTest()
    assert [test.see(error=True) for _ in range(3)] == [Verdict.GOING_ON, Verdict.GOING_ON, Verdict.REJECTED]
    assert test.see(error=False) is Verdict.REJECTED


def test_sixty_five_good_answers_accept_and_then_it_begins_anew() -> None:
    test = SequentialTest()
    assert [test.see(error=False) for _ in range(65)][-2:] == [Verdict.GOING_ON, Verdict.ACCEPTED]
    assert [test.see(error=True) for _ in range(3)][-1] is Verdict.REJECTED


def test_the_risks_are_as_promised() -> None:
    chance = random.Random(7)
    good = [until_decided(0.005, chance)[0] for _ in range(2000)]
    bad = [until_decided(0.05, chance)[0] for _ in range(2000)]
    assert good.count(Verdict.REJECTED) <= 2000 * 0.002
    assert bad.count(Verdict.ACCEPTED) <= 2000 * 0.06


@pytest.mark.parametrize("rates", [(0, 0.1), (0.1, 0.05), (0.1, 1)])
def test_rates_that_make_no_sense_are_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="good below bad"):
        SequentialTest(*rates)
