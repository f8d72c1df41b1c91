"""How fast workers come back, with a clock held by hand."""

from safeguards.judging import Rules
from safeguards.restarts import Restarts
from tests.safeguards.conftest import Clock


def test_each_death_within_a_minute_is_waited_for_longer() -> None:
    clock = Clock()
    restarts = Restarts(Rules(), clock.monotonic)
    assert [restarts.delay() for _death in range(4)] == [1.0, 2.0, 4.0, 4.0]
    clock.forward(60)
    assert restarts.delay() == 1.0
    assert restarts.count == 5


def test_only_who_was_recycled_rests_until_the_budget_is_used_up() -> None:
    restarts = Restarts(Rules(), Clock().monotonic)
    rests = []
    for recycled in (False, True, False, False):
        restarts.delay()
        rests.append(restarts.rest(recycled=recycled))
    assert rests == [0.0, 30.0, 0.0, 600.0]
