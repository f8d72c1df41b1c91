"""Losses of streams: everybody's count, and no single browser's much."""

from collaboration.losses import MOST, Losses
from tests.support.clock import Clock


def test_each_counts_for_a_minute() -> None:
    clock = Clock()
    losses = Losses(clock)
    for number in range(30):
        losses.add(f"browser-{number}")
    assert losses.count() == 30
    clock.time += 60
    assert losses.count() == 30
    clock.time += 1
    assert losses.count() == 0
    assert not losses._of


def test_one_browser_that_comes_back_all_the_time_counts_twice_a_minute() -> None:
    clock = Clock()
    losses = Losses(clock)
    for _second in range(60):
        losses.add("restless")
        clock.time += 1
    assert losses.count() == 2
    losses.add("another")
    assert losses.count() == 3


def test_it_remembers_so_many_and_no_more() -> None:
    losses = Losses(Clock())
    for number in range(MOST + 10):
        losses.add(str(number))
    assert losses.count() == MOST
