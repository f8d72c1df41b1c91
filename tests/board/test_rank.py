from hypothesis import given
from hypothesis import strategies as st

from board.rank import DIGITS, between, spread


@given(st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=120))
def test_there_is_always_a_place_between_two_places(choices: list[int]) -> None:
    places: list[str] = []
    for choice in choices:
        index = choice % (len(places) + 1)
        before = places[index - 1] if index else None
        after = places[index] if index < len(places) else None
        place = between(before, after)
        assert (before or "") < place
        assert after is None or place < after
        assert set(place) <= set(DIGITS)
        places.insert(index, place)
    assert places == sorted(set(places))


def test_appending_a_thousand_times_does_not_make_places_longer() -> None:
    place = None
    for _ in range(1000):
        place = between(place, None)
    assert place is not None and len(place) == 8


def test_spread_places_ascend() -> None:
    assert spread(5) == sorted(spread(5))
