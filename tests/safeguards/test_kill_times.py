"""What the last kill took is measured from when it was thrown, and kept."""

import os
from pathlib import Path
from typing import Any

import pytest

from safeguards import kill_sources, kill_times
from safeguards.kill_times import KillClock

THROWN = 1_800_000_000.0


class Host:
    def __init__(self, folder: Path) -> None:
        self.at, self.folder = THROWN - 1, folder
        self.clock = KillClock(folder, lambda: self.at)

    def look(self, at: float, killed: str | None, *workers: dict[str, float]) -> None:
        self.at = at
        self.clock.look(killed, list(workers))

    @property
    def last(self) -> dict[str, Any] | None:
        return kill_times.last(self.folder)


@pytest.fixture
def host(settings: Any, tmp_path: Path) -> Host:
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    return Host(tmp_path / "run")


def throw() -> None:
    kill_sources.path().write_text("{}")
    os.utime(kill_sources.path(), (THROWN, THROWN))


def test_until_the_last_stream_of_all_workers_has_ended(host: Host) -> None:
    host.look(THROWN - 0.1, None, {"streams": 2}, {"streams": 1})
    throw()
    host.look(THROWN + 0.1, "x", {"streams": 2}, {"streams": 1})
    host.look(THROWN + 0.3, "x", {"streams": 0, "streams_ended_at": THROWN + 0.2}, {"streams": 1})
    assert host.last is None
    both = {"streams": 0, "streams_ended_at": THROWN + 0.2}, {"streams": 0, "streams_ended_at": THROWN + 0.4}
    host.look(THROWN + 0.6, "x", *both)
    assert host.last == {"at": THROWN, "streams": 3, "seconds": 0.4}


def test_a_process_that_was_faster_than_the_news_counts(host: Host) -> None:
    host.look(THROWN - 0.1, None, {"streams": 4})
    throw()
    ended = {"streams": 0, "streams_ended_at": THROWN + 0.05}
    host.look(THROWN + 0.05, None, ended)
    host.look(THROWN + 0.15, "x", ended)
    assert host.last == {"at": THROWN, "streams": 4, "seconds": 0.05}


def test_by_another_way_it_counts_from_when_it_was_seen(host: Host) -> None:
    host.look(THROWN, None, {"streams": 1})
    host.look(THROWN + 1, "row", {"streams": 1})
    host.look(THROWN + 2, "row", {"streams": 0, "streams_ended_at": THROWN + 1.5})
    assert host.last == {"at": THROWN + 1, "streams": 1, "seconds": 0.5}


def test_streams_that_do_not_end_are_told(host: Host) -> None:
    host.look(THROWN, None, {"streams": 1})
    host.look(THROWN + 1, "x", {"streams": 1})
    host.look(THROWN + 32, "x", {"streams": 1})
    assert host.last is not None
    assert host.last["seconds"] is None


@pytest.mark.parametrize("streams", [0, "many"])
def test_nothing_is_measured_where_nobody_had_a_stream(host: Host, streams: Any) -> None:
    host.look(THROWN, None, {"streams": streams})
    host.look(THROWN + 1, "x", {"streams": streams})
    assert host.last is None


def test_a_server_that_starts_killed_measures_nothing(host: Host) -> None:
    host.look(THROWN, "x", {"streams": 1})
    host.look(THROWN + 1, "x", {"streams": 0})
    assert host.last is None


def test_on_again_before_the_end_measures_nothing(host: Host) -> None:
    host.look(THROWN, None, {"streams": 1})
    host.look(THROWN + 1, "x", {"streams": 1})
    host.look(THROWN + 2, None, {"streams": 1})
    host.look(THROWN + 3, None, {"streams": 0})
    assert host.last is None


def test_a_full_disk_is_no_reason_to_fall(host: Host) -> None:
    host.clock.folder = host.folder / "missing"
    host.look(THROWN, None, {"streams": 1})
    host.look(THROWN + 1, "x", {"streams": 0})
    assert host.last is None
