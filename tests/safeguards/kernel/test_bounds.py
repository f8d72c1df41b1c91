"""Tables, hops, lease and mailbox: each bound, just inside and just outside; and the kernel as a whole."""

import ast
import sys
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguards import kernel
from safeguards.kernel.decision import YES
from safeguards.kernel.hold import Hold
from safeguards.kernel.hops import admit_hop
from safeguards.kernel.lease import Lease
from safeguards.kernel.mailbox import MailboxBound
from safeguards.kernel.rate_limit import Rate, RateLimiter
from tests.support.clock import Clock

FILES = sorted(Path(kernel.__path__[0]).glob("*.py"))


@pytest.mark.parametrize(("hop", "allowed"), [(0, True), (3, True), (4, False), (100, False)])
def test_three_reactions_and_no_more(hop: int, allowed: bool) -> None:
    assert admit_hop(hop).allowed is allowed
    assert admit_hop(hop).reason == ("" if allowed else "loop")


def test_the_tables_hold_fifty_thousand_keys() -> None:
    assert RateLimiter(Rate(1.0, 1), lambda: 0).keys == 50_000
    assert Hold(lambda: 0).keys == 50_000


def test_yes_has_nothing_to_add() -> None:
    assert astuple(YES) == (True, "", 0.0, "")


@given(st.integers(0, 10**9))
def test_no_chain_is_longer_than_three_reactions(hop: int) -> None:
    assert admit_hop(hop).allowed == (hop <= 3)


@given(st.lists(st.tuples(st.floats(-20, 20), st.floats(0, 10)), max_size=40))
def test_no_lease_outlives_its_last_reason_by_five_seconds(steps: list[tuple[float, float]]) -> None:
    now, reasons = 100.0, list[float]()
    lease = Lease(lambda: now)
    assert not lease.is_fresh()
    for ago, passes in steps:
        lease.renew(now - ago)
        reasons.append(now - ago)
        now += passes
        assert lease.is_fresh() == (0 <= now - max(reasons) < 5)


@given(st.lists(st.tuples(st.booleans(), st.floats(-20, 10)), max_size=40))
def test_a_clock_that_is_set_back_makes_no_lease_fresh(steps: list[tuple[bool, float]]) -> None:
    clock, renewals = Clock(), [-1e9]
    lease = Lease(clock)
    for renews, passes in steps:
        if renews:
            lease.renew()
            renewals.append(clock())
        clock.pass_(passes)
        assert lease.is_fresh() == (0 <= clock() - max(renewals) < 5)


def test_a_lease_is_renewed_now_unless_told_otherwise_and_dropped_at_once() -> None:
    now = 100.0
    lease = Lease(lambda: now, seconds=2)
    lease.renew()
    now = 101.9
    assert lease.is_fresh()
    now = 102.0
    assert not lease.is_fresh()
    lease.renew()
    lease.drop()
    assert not lease.is_fresh()


@given(st.lists(st.integers(0, 2000) | st.integers(0, 256 * 1024 + 1), max_size=600))
def test_no_mailbox_holds_more_than_its_bounds(sizes: list[int]) -> None:
    bound, held = MailboxBound(), list[int]()
    for size in sizes:
        fits = len(held) < 256 and sum(held) + size <= 256 * 1024
        assert bound.take(size) is fits
        held += [size] if fits else []
    assert (bound.frames, bound.bytes) == (len(held), sum(held))
    bound.clear()
    assert (bound.frames, bound.bytes) == (0, 0)


def test_a_mailbox_takes_256_frames_or_256_kib() -> None:
    frames, size = MailboxBound(), MailboxBound()
    assert [frames.take(0) for _ in range(257)] == [True] * 256 + [False]
    assert [size.take(128 * 1024), size.take(128 * 1024), size.take(1)] == [True, True, False]


def test_a_mailbox_takes_exactly_as_many_frames_as_it_says() -> None:
    bound = MailboxBound(frames=3, size=10)
    assert [bound.take(1) for _ in range(4)] == [True, True, True, False]
    bound.clear()
    assert [bound.take(10), bound.take(1)] == [True, False]


def test_the_kernel_is_small_and_knows_nothing_else() -> None:
    assert sum(len(file.read_text().splitlines()) for file in FILES) < 600
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert (
                    name.startswith("safeguards.kernel") or name.partition(".")[0] in sys.stdlib_module_names
                )
