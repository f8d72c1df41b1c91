"""A worker where Kill was pressed is live again when the switch is off, wherever that was pressed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safeguards import kill, kill_sources, leases

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def supervised(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    kill.forget()
    monkeypatch.setattr(kill, "is_supervised", True)
    leases.granted(time.monotonic(), None)
    yield
    kill.forget()


def test_off_where_it_was_pressed() -> None:
    kill.on("a storm", "admin")
    assert kill.killed() == "a storm"
    kill.off("over", "admin")
    assert kill.killed() is None


def test_off_pressed_elsewhere() -> None:
    kill.on("a storm", "admin")
    leases.granted(time.monotonic() + 2, "a storm")
    assert kill.killed() == "a storm"
    leases.granted(time.monotonic() + 4, None)
    assert kill.killed() is None


def test_a_word_from_before_the_press_takes_nothing_back() -> None:
    kill.on("a storm", "admin")
    leases.granted(time.monotonic() + kill.SURE_SECONDS / 2, None)
    assert kill.killed() == "a storm"
    leases.granted(None, None)  # nobody knows
    assert kill.killed() == "a storm"


def test_what_it_read_before_the_first_word_ends_with_the_words_that_follow() -> None:
    kill.forget()
    kill_sources.write_file("a storm", "admin")
    assert kill.killed() == "a storm"
    leases.granted(time.monotonic() + 2, None)
    assert kill.killed() is None


def test_a_file_that_cannot_be_removed_keeps_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    kill.on("a storm", "admin")

    def refuse(*_said: Any) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(kill_sources, "write_file", refuse)
    assert kill.off("over", "admin") == ["file"]
    assert kill.killed() == "a storm"
