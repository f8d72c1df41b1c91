"""The ring: a second is a line, a minute is a line, old files go, and nothing that is wrong with a disk is raised."""

import errno
from pathlib import Path
from typing import Any

import pytest

from safeguards import history, recording

MINUTE = 1_800_000_000.0  # 2027-01-15, at the beginning of a minute


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    history._fails[0] = False


def second(at: float, **total: float) -> dict[str, Any]:
    return {"at": at, "workers": {"7": dict(total)}, "total": dict(total)}


def seen(kind: str = "seconds") -> list[dict[str, Any]]:
    return list(history.Follower(kind).new())


def row(pid: int, **gauges: float) -> dict[str, Any]:
    return {"pid": pid, "cores": 0.5, "rss_bytes": 100, "beat_age_s": 0.1, "gauges": gauges}


def test_a_follower_reads_each_line_once_over_the_end_of_a_file() -> None:
    follower, found = history.Follower("seconds"), []
    for at in range(58, 62):
        assert history.add(second(MINUTE + at, streams=at))
        found.append([line["total"]["streams"] for line in follower.new()])
    assert found == [[58], [59], [60], [61]]
    assert len(seen()) == 4
    assert [line["at"] for line in seen("minutes")] == [MINUTE]


def test_a_follower_waits_for_the_end_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_BYTES", 200)  # read piece by piece
    history.add(second(MINUTE, streams=1))
    follower = history.Follower("seconds")
    assert len(list(follower.new())) == 1
    (file,) = history.folder().glob("seconds-*")
    with file.open("ab") as opened:
        opened.write(b'\n{"at": 1800000001')
        opened.flush()
        assert list(follower.new()) == []
        opened.write(b', "total": {}}\n')
    history.add(second(MINUTE + 2))
    assert [line["at"] for line in follower.new()] == [MINUTE + 1, MINUTE + 2]


def test_a_minute_that_is_over_becomes_one_line_of_averages_and_maxima() -> None:
    for at in (1, 30, 59, 60, 61):
        history.add(second(MINUTE + at, streams=at, cores=at))
    (minute,) = seen("minutes")
    assert (minute["at"], minute["seconds"]) == (MINUTE, 3)
    assert (minute["least"]["streams"], minute["most"]["streams"]) == (1, 59)
    assert minute["average"]["streams"] == 30
    assert minute["workers"] == {"7": {"cores": 59, "rss_bytes": 0, "loop_lag_ms": 0}}


def test_an_hour_of_seconds_and_a_week_of_minutes_are_kept() -> None:
    for minute in range(0, 9 * 24 * 60, 30):
        history.add(second(MINUTE + minute * 60, streams=1))
    now = MINUTE + (9 * 24 * 60 - 30) * 60
    names = [file.name for file in history.folder().iterdir()]
    assert len([name for name in names if name.startswith("seconds-")]) <= 3  # two an hour here
    assert len([name for name in names if name.startswith("minutes-")]) <= 9
    assert seen("minutes")[0]["at"] >= now - history.WEEK - 2 * 24 * 3600


def test_files_of_nobody_are_removed_and_others_left() -> None:
    history.folder().mkdir(parents=True)
    (history.folder() / "seconds-old.jsonl").write_text("")
    (history.folder() / "notes.txt").write_text("mine")
    history.prune(MINUTE)
    assert [file.name for file in history.folder().iterdir()] == ["notes.txt"]


def test_half_a_line_spoils_none_but_itself() -> None:
    history.add(second(MINUTE, streams=1))
    (file,) = history.folder().glob("seconds-*")
    with file.open("ab") as opened:
        opened.write(b'{"at": 1800000001, "work')
    history.add(second(MINUTE + 2, streams=2))
    with file.open("ab") as opened:
        opened.write(b'\xff\xfe\n[1]\n"at"\n{"at": "x"}\n{}\n')
    assert [line["total"]["streams"] for line in seen()] == [1, 2]


def test_somebody_elses_lines_do_not_stop_the_next_minute() -> None:
    history.add(second(MINUTE))
    (file,) = history.folder().glob("seconds-*")
    file.write_text(f'{{"at": {MINUTE}}}\n{{"at": {MINUTE}, "total": 3, "workers": []}}\n')
    assert history.add(second(MINUTE + 60, streams=1))


def test_a_full_disk_is_not_raised_and_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: Any, **_more: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(history.os, "open", full)
        assert [history.add(second(MINUTE + at)) for at in range(3)] == [False] * 3
    assert len(caplog.records) == 1
    assert history.add(second(MINUTE + 3))


def test_without_a_folder_there_is_nothing_to_read() -> None:
    assert seen() == seen("minutes") == []


def test_counters_become_rates_and_workers_a_total() -> None:
    recorder = recording.Recorder()
    recorder.line(MINUTE, [row(1, requests_read_total=10, requests_write_total=5), row(2)])
    line = recorder.line(
        MINUTE + 2,
        [
            row(1, requests_read_total=14, requests_write_total=7, streams=3, loop_lag_ms=4),
            row(2, streams=2, loop_lag_ms=9, r=float("nan")),
        ],
    )
    assert line["workers"]["1"]["requests"] == 3.0
    assert (line["total"]["requests"], line["total"]["streams"], line["total"]["cores"]) == (3.0, 5.0, 1.0)
    assert (line["total"]["loop_lag_ms"], line["total"]["r"]) == (9.0, 0.0)


def test_a_new_worker_and_one_whose_counters_began_again_have_no_rate() -> None:
    recorder = recording.Recorder()
    recorder.line(MINUTE, [row(1, events_total=100)])
    line = recorder.line(MINUTE + 1, [row(1, events_total=1), row(2, events_total=50)])
    assert line["total"]["events"] == 0.0


def test_the_keeper_never_waits_and_holds_a_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording.threading.Thread, "start", lambda self: None)  # a disk that hangs
    keeper = recording.Keeper()
    for _second in range(100):
        keeper.note([row(1)])
    assert keeper._waiting.qsize() == recording.WAITING
