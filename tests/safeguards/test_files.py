"""Files that are read each second are opened once, and tell what they say now."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeguards.resources import files, own
from safeguards.resources.sampler import Sampler
from tests.safeguards.conftest import Clock


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    files.close()
    made = Clock()
    monkeypatch.setattr(files.time, "monotonic", made.monotonic)
    yield made
    files.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was opened, or looked for."""
    made, really = list[str](), os.open

    def opening(path: str, flags: int) -> int:
        made.append(path)
        return really(path, flags)

    monkeypatch.setattr(files.os, "open", opening)
    return made


def test_one_is_opened_once_and_tells_what_it_says_now(tmp_path: Path, opened: list[str]) -> None:
    file = tmp_path / "cpu.max"
    told = []
    for said in ("max 100000", "50000 100000", ""):
        file.write_text(said)
        told.append(files.text(str(file)))
    assert told == ["max 100000", "50000 100000", ""]
    assert opened == [str(file)]


def test_one_that_cannot_be_read_any_more_is_opened_again(tmp_path: Path, opened: list[str]) -> None:
    file = str(tmp_path / "memory.max")
    Path(file).write_text("1")
    assert files.text(file) == "1"
    # As of a group that was removed: this descriptor cannot be read.
    os.close(files._open[file])
    files._open[file] = os.open(os.devnull, os.O_WRONLY)
    opened.remove(os.devnull)
    assert files.text(file) == "1"
    assert opened == [file, file]


def test_one_that_is_missing_is_looked_for_now_and_then(
    tmp_path: Path, opened: list[str], clock: Clock
) -> None:
    file = tmp_path / "cpu.max"
    for _second in range(12):
        with pytest.raises(FileNotFoundError):
            files.text(str(file))
        clock.forward(1)
    assert len(opened) == 3
    file.write_text("50000 100000")
    clock.forward(files.MISSING_SECONDS)
    assert files.text(str(file)) == "50000 100000"


def test_no_more_stay_open_than_are_read_each_second(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(3 * files.MOST_OPEN):
        (tmp_path / str(number)).write_text(str(number))
        assert files.text(str(tmp_path / str(number))) == str(number)
        with pytest.raises(FileNotFoundError):
            files.text(str(tmp_path / f"no {number}"))
    assert len(os.listdir("/proc/self/fd")) - before <= files.MOST_OPEN
    assert len(files._missing) <= files.MOST_OPEN


def test_from_its_second_round_on_the_sampler_opens_nothing(opened: list[str]) -> None:
    sampler = Sampler()
    sampler.measure()
    opened.clear()
    for _round in range(3):
        sampler.measure()
    assert opened == []


def test_without_a_proc_it_asks_as_other_systems_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = own.used()

    def missing(path: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(files, "text", missing)
    asked = own.used()
    assert asked.threads == told.threads
    assert asked.rss == pytest.approx(told.rss, rel=0.2)
    assert asked.cpu >= told.cpu > 0
