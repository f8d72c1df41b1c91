"""The sampler: measures from outside the event loop, and outlives whatever it meets."""

import asyncio
import threading
import time
from pathlib import Path

import psutil
import pytest

from board import guards
from safeguards import status
from safeguards.metrics import prometheus_text
from safeguards.resources import gauges
from safeguards.resources.container import Container
from safeguards.resources.database import Database
from safeguards.resources.sampler import PINGS_PER_SAMPLE, LoopLag, Sampler
from safeguards.resources.steady import Steady
from tests.safeguards.conftest import Clock


def test_a_measurement_reports_this_process(settings: object) -> None:
    Sampler().measure()
    values = gauges.snapshot()
    assert values["rss_bytes"] == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert 0 < values["rss_share"] < 1
    assert values["threads"] >= 1
    assert values["file_descriptors"] >= 3
    assert values["cpu_limit_cores"] > 0


class Loop:
    """Runs what it was asked to only when told."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.is_closed = False

    def call_soon_threadsafe(self, act: object, *args: object) -> None:
        if self.is_closed:
            raise RuntimeError("closed")
        self.asked.append((act, *args))

    def answer(self) -> None:
        act, *args = self.asked.pop(0)
        act(*args)


def watching(loop: Loop) -> tuple[LoopLag, Clock]:
    clock = Clock()
    lag = LoopLag(clock.monotonic)
    lag.watch(loop)
    return lag, clock


def test_a_late_answer_is_as_late_as_it_was() -> None:
    loop = Loop()
    lag, clock = watching(loop)
    lag.ping()
    clock.forward(0.4)
    loop.answer()
    assert lag.worst_ms() == pytest.approx(400)


def test_a_missing_answer_counts_while_it_is_missing() -> None:
    loop = Loop()
    lag, clock = watching(loop)
    lag.ping()
    clock.forward(3)
    lag.ping()
    assert len(loop.asked) == 1
    assert lag.worst_ms() == pytest.approx(3000)


def test_only_the_last_second_counts() -> None:
    loop = Loop()
    lag, clock = watching(loop)
    for late in (0.9, *([0] * PINGS_PER_SAMPLE)):
        lag.ping()
        clock.forward(late)
        loop.answer()
    assert lag.worst_ms() == 0


def test_a_closed_loop_is_not_late() -> None:
    loop = Loop()
    lag, clock = watching(loop)
    loop.is_closed = True
    lag.ping()
    clock.forward(5)
    assert lag.worst_ms() == 0


def test_a_blocked_loop_is_seen_from_the_thread_while_it_is_blocked() -> None:
    seen = threading.Event()
    sampler = Sampler()

    def look() -> None:
        if gauges.snapshot()["loop_lag_ms"] > 400:
            seen.set()

    async def block() -> bool:
        sampler.subscribe(look)
        sampler.watch(asyncio.get_running_loop())
        sampler.start()
        try:
            return seen.wait(10)  # blocks the loop: only another thread can notice
        finally:
            sampler.stop()

    assert asyncio.run(block())


def test_subscribers_run_each_second_and_a_failing_one_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    sampler, ran = Sampler(), threading.Semaphore(0)

    def fail() -> None:
        raise OSError("disk full")

    sampler.subscribe(fail)
    sampler.subscribe(ran.release)
    sampler.subscribe(ran.release)
    sampler.start()
    sampler.start()
    try:
        started = time.monotonic()
        assert all(ran.acquire(timeout=10) for _ in range(3))
        assert time.monotonic() - started > 1.5  # at once, then each second; subscribed twice is once
        assert [thread.name for thread in threading.enumerate()].count("sampler") == 1
    finally:
        sampler.stop()
    assert "A round of sampler failed" in caplog.text


def test_what_may_not_be_old_runs_halfway_too(caplog: pytest.LogCaptureFixture) -> None:
    chores, ran = Steady("chores"), list[str]()
    seen = threading.Semaphore(0)

    def fail() -> None:
        ran.append("twice")
        seen.release()
        raise OSError("disk full")

    chores.subscribe(fail)
    chores.subscribe_between(fail)
    chores.subscribe(lambda: (ran.append("once"), seen.release())[0])
    chores.start()
    try:
        assert all(seen.acquire(timeout=10) for _ in range(5))
    finally:
        chores.stop()
    assert ran[:5] == ["twice", "once", "twice", "twice", "once"]
    assert "A round of chores failed" in caplog.text


def test_the_sampler_costs_less_than_a_fiftieth_of_a_core() -> None:
    sampler = Sampler()
    before = time.thread_time()
    for _ in range(20):
        sampler.measure()
    assert (time.thread_time() - before) / 20 < 0.02


def test_counts_and_gauges_are_told_apart_in_the_metrics(tmp_path: Path) -> None:
    gauges.report("streams", 3)
    gauges.count("a_test_counter", 2)
    gauges.count("a_big_counter", 1_234_567)
    lines = prometheus_text(tmp_path).splitlines()
    assert "parley_a_big_counter_total 1234567" in lines
    assert "# TYPE parley_streams gauge" in lines
    assert "parley_streams 3" in lines
    assert "# TYPE parley_a_test_counter_total counter" in lines


def test_what_hangs_on_the_database_keeps_nobody_from_measuring() -> None:
    hangs, sampler, chores = threading.Event(), Sampler(), Steady("chores")
    began, measured = threading.Event(), threading.Semaphore(0)
    chores.subscribe(lambda: (began.set(), hangs.wait(20))[0])
    sampler.subscribe(measured.release)
    chores.start()
    sampler.start()
    try:
        assert began.wait(5)
        assert all(measured.acquire(timeout=5) for _ in range(3))
    finally:
        hangs.set()
        sampler.stop()
        chores.stop()


def test_the_highest_value_of_a_second_is_the_gauge(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (3, 9, 4):
        gauges.peak("a_test_peak", value)
    gauges.settle()
    assert gauges.value("a_test_peak") == 9
    gauges.settle()
    assert gauges.value("a_test_peak") == 0


@pytest.mark.django_db
def test_the_databases_answer_is_timed_and_one_that_is_missing_counts_too() -> None:
    clock, told = Clock(), []
    database = Database(clock.monotonic)

    def ask() -> None:
        clock.forward(3)
        database.report()
        told.append(gauges.value("db_ms"))
        clock.forward(1)

    database.time(ask)
    database.report()
    assert [*told, gauges.value("db_ms")] == pytest.approx([3000, 4000])


def test_waiting_for_a_connection_is_the_average_of_the_second() -> None:
    database = Database()
    told = {"pool_size": 8, "pool_available": 2, "requests_num": 10, "requests_wait_ms": 50}
    database.pooled(told, 8)
    assert gauges.value("connection_share") == 0.75
    database.pooled(told | {"requests_num": 14, "requests_wait_ms": 90, "requests_waiting": 3}, 8)
    assert gauges.value("db_wait_ms") == 10
    assert gauges.value("connections") == 9


def test_without_a_descriptor_left_it_says_so_and_vouches_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vouched: list[bool] = []
    monkeypatch.setattr(guards.leases, "measured", lambda: vouched.append(True))
    monkeypatch.setattr(guards, "sampler", Sampler())
    guards.sampler.measure()
    guards.vouch()
    assert vouched == [True]
    gauges.report("loop_lag_ms", -1)

    def full(self: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(psutil.Process, "num_fds", full)
    guards.sampler.measure()
    guards.vouch()
    assert vouched == [True]
    assert gauges.value("fd_share") == 1.0
    assert gauges.value("loop_lag_ms") == 0


def test_all_workers_together_are_what_makes_the_host_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_percent", lambda: 100.0)
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    sampler = Sampler()
    for elsewhere, share in ((0.0, 0.25), (1.5, 0.625)):
        gauges.report("cpu_cores", 1.0)
        gauges.report("peers_cores", elsewhere)
        sampler._host()
        assert gauges.value("own_share_of_host") == share
    gauges.report("peers_cores", 0.0)


def test_without_counters_of_its_own_a_container_is_as_busy_as_its_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    since_last_asked = iter([83.0])
    monkeypatch.setattr(psutil, "cpu_percent", lambda: next(since_last_asked, 0.0))
    sampler = Sampler()
    sampler._container = Container(tmp_path, tmp_path, tmp_path)
    sampler._host()
    sampler._of_container()
    assert gauges.value("container_cpu_share") == 0.83


def test_what_each_worker_measures_is_told_by_all_of_them(tmp_path: Path) -> None:
    workers = [{"pid": pid, "beat_age_s": 0.1, "cores": 0.5, "gauges": {"r": 0.25}} for pid in (7, 8)]
    status.write(tmp_path, {"at": time.time(), "restarts": 0, "workers": workers})
    text = prometheus_text(tmp_path)
    assert 'parley_worker{pid="8",figure="r"} 0.25' in text
    assert 'parley_worker{pid="7",figure="cores"} 0.5' in text
