"""Writers of several processes take turns, too: none is passed over again and again, and the dead hold nobody up."""

import errno
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from collaboration import turns
from tests.support.server import until

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys, time
from collaboration.turns import Turnstile
database, said, name, rounds, seconds = sys.argv[1:]
turnstile = Turnstile(database)
print("here", flush=True)
sys.stdin.readline()
for _round in range(int(rounds)):
    assert turnstile.acquire(time.monotonic() + 60)
    with open(said, "a") as out:
        out.write(name)
    time.sleep(float(seconds))  # a write
    turnstile.release()
"""
ROUNDS = 60


@pytest.fixture
def database(tmp_path: Path) -> Path:
    (tmp_path / "parley.sqlite3").touch()
    return tmp_path / "parley.sqlite3"


@contextmanager
def writers(
    database: Path, names: str, rounds: int = ROUNDS, seconds: float = 0.003
) -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                WRITER,
                str(database),
                str(said(database)),
                name,
                str(rounds),
                str(seconds),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    try:
        for one in started:
            assert one.stdout is not None and one.stdout.readline() == "here\n"
        for one in started:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        yield started
    finally:
        for one in started:
            one.kill()
            one.communicate()


def said(database: Path) -> Path:
    return database.with_name("said")


def test_no_process_writes_again_and_again_while_another_one_waits(database: Path) -> None:
    with writers(database, "ab") as started:
        assert [one.wait(60) for one in started] == [0, 0]
    order = said(database).read_text()
    together = order[order.index("a") if order[0] == "b" else order.index("b") :]
    together = together[: 1 + min(together.rindex("a"), together.rindex("b"))]
    runs = [len(list(same)) for _name, same in groupby(together)]
    assert sorted(order) == ["a"] * ROUNDS + ["b"] * ROUNDS
    # A process may be held up itself; without the first lock one writes nearly all of its own before the other.
    assert len(runs) >= ROUNDS


def test_what_a_dead_process_held_is_free(database: Path) -> None:
    mine = turns.Turnstile(str(database))
    with writers(database, "a", rounds=1, seconds=60) as (other,):
        until(lambda: said(database).exists() and said(database).read_text())
        assert not mine.acquire(time.monotonic())
        other.kill()
        other.wait()
        assert mine.acquire(time.monotonic() + 5)
        mine.release()


def test_whoever_gives_up_leaves_both_locks(database: Path) -> None:
    held, second, third = (turns.Turnstile(str(database)) for _process in range(3))
    assert held.acquire(0)
    assert not second.acquire(time.monotonic() + 0.02)
    held.release()
    assert third.acquire(0)
    third.release()


@pytest.mark.parametrize("path", ["file:memory?mode=memory", ":memory:", "/nowhere/parley.sqlite3"])
def test_what_is_no_file_has_no_turnstile(path: str) -> None:
    assert turns._turnstile(path, 0) is None


def refuse(*_asked: object) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.parametrize(
    ("where", "name", "value"), [(turns, "ENDS", ("/nowhere",)), (turns.fcntl, "flock", refuse)]
)
def test_where_nothing_can_be_locked_it_is_said_and_writing_goes_on(
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: Any,
    name: str,
    value: Any,
) -> None:
    monkeypatch.setattr(where, name, value)
    assert turns._turnstile(str(database), 0) is None
    assert "wait as SQLite does" in caplog.text
