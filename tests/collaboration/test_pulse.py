"""What a pulse may say, and how pulses become one frame per tick."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collaboration.conf import PULSE_TICKS
from collaboration.pulse import KINDS, Malformed, Merge, Pulse, read
from tests.support.clock import Clock

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def said(**what: Any) -> Pulse:
    return read(json.dumps(what).encode())


def test_a_cursor_is_clamped_to_its_element() -> None:
    assert said(kind="cursor", anchor="card-1", x=-3, y=7).value == {"anchor": "card-1", "x": 0.0, "y": 1.0}
    assert said(kind="cursor", anchor="card-1", x=10**400, y=0.123456).value["x"] == 1.0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nowhere_is_a_place_too(kind: str) -> None:
    assert said(kind=kind, anchor=None).value is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 500,
        b'{"kind": "shout"}',
        b'{"kind": ["cursor"]}',
        b'{"kind": "focus", "anchor": 7}',
        b'{"kind": "focus", "anchor": "a b"}',
        b'{"kind": "focus", "anchor": "card-1\\n"}',
        b'{"kind": "focus", "anchor": "' + b"a" * 65 + b'"}',
        b'{"kind": "cursor", "anchor": "card-1"}',
        b'{"kind": "cursor", "anchor": "card-1", "x": true, "y": 0}',
        b'{"kind": "cursor", "anchor": "card-1", "x": NaN, "y": 0}',
        b'{"kind": "cursor", "anchor": "card-1", "x": 1e999, "y": 0}',
        b'{"kind": "cursor", "anchor": "card-1", "x": 0, "y": "0"}',
    ],
)
def test_what_is_no_pulse_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


@given(st.binary(max_size=512) | anything.map(lambda value: json.dumps(value).encode()))
def test_hostile_bodies_are_refused_and_nothing_else_happens(body: bytes) -> None:
    try:
        read(body)
    except Malformed:
        pass


@given(st.sampled_from(sorted(KINDS)), anything, anything, anything)
def test_whatever_is_taken_is_finite_and_an_id(kind: str, anchor: Any, x: Any, y: Any) -> None:
    try:
        pulse = read(json.dumps({"kind": kind, "anchor": anchor, "x": x, "y": y}).encode())
    except Malformed:
        return
    assert 0 <= pulse.x <= 1
    assert 0 <= pulse.y <= 1
    assert pulse.anchor == "" or (pulse.anchor.isascii() and len(pulse.anchor) <= 64)


def test_the_latest_wins_per_person_and_kind() -> None:
    merge = Merge(Clock())
    for value in (1, 2, 3):
        merge.put("pia", "cursor", value)
    merge.put("pia", "typing", "zone-1")
    merge.put("ada", "cursor", None)
    assert merge.take() == {"pia": {"cursor": 3, "typing": "zone-1"}, "ada": {"cursor": None}}
    assert merge.take() == {}


@pytest.mark.parametrize("tick", PULSE_TICKS)
def test_there_is_at_most_one_frame_per_tick(tick: float) -> None:
    clock = Clock()
    merge, frames = Merge(clock), 0
    for _millisecond in range(10_000):
        merge.put("pia", "cursor", clock.time)
        if merge.wait(tick) <= 0:
            merge.take()
            frames += 1
        clock.pass_(0.001)
    assert frames <= 10 / tick + 1
    assert frames >= 10 / tick - 1


def test_after_a_rest_the_first_frame_goes_at_once() -> None:
    clock = Clock()
    merge = Merge(clock)
    assert merge.wait(0.1) == 0
    merge.take()
    assert merge.wait(0.1) == pytest.approx(0.1)
    clock.pass_(5)
    assert merge.wait(0.1) == 0
