"""A bag that was asked for is sealed by some process, once, also when the one that asked has ended."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from board import guards
from safeguards import bags, incidents
from safeguards.bags import form, later, owed, store
from safeguards.resources.sampler import chores
from safeguards.rollout import contracts
from tests.support.cast import Cast

# A bag asks in threads of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


class Later:
    """The clock of the files, some seconds on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def time(self) -> float:
        return time.time() + self.seconds

    def time_ns(self) -> int:
        return time.time_ns() + round(self.seconds * 1e9)


def another_process(monkeypatch: pytest.MonkeyPatch, seconds: float = owed.HEAD_START_SECONDS) -> None:
    """It remembers nothing of this one, and so many seconds have gone by."""
    owed._mine.clear()
    monkeypatch.setattr(owed, "time", Later(seconds))


def flush() -> list[str]:
    later._looked_at[0] = 0.0
    bags.flush()
    later.finish()
    return [bag.trigger for bag in bags.every()]


def full(*_args: Any, **_more: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_a_worker_that_ends_right_after_a_violation_leaves_its_bag_to_others(
    tested: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "stop", lambda: None)
    contracts.violated(cast.owner.pk, "hops", {"hops": 4})
    guards.last_words()
    assert bags.every() == []
    another_process(monkeypatch)
    assert flush() == ["rollback"] and owed.every() == []
    (bag,) = bags.every()
    told = form.info(bag.path)
    assert (told["Person"], told["Sealed-By"]) == (f"user:{cast.owner.pk}", "auto:hops")
    assert told["Incident-Evidence"] == next(incidents.folder().glob("*-rollback.live_board.json")).name
    flags = json.loads((bag.path / "data" / "flags.json").read_text())["flags"]
    assert next(flag for flag in flags if flag["name"] == "live_board")["testers"] == ["observer", "owner"]


def test_who_asked_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("memory")
    another_process(monkeypatch, seconds=0.0)
    assert owed.take() is None


def test_only_one_process_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("memory", feature="live_board")
    seen = owed.every()
    another_process(monkeypatch)
    taken = owed.take()
    assert taken is not None and taken[1] == owed.Asked("memory", {"feature": "live_board"})
    assert owed.take() is None
    monkeypatch.setattr(owed, "due", lambda: seen)  # looked before it was taken
    assert owed.take() is None


def test_what_another_process_has_taken_is_not_looked_for_again() -> None:
    bags.seal_later("memory")
    owed.settled(owed.every()[0])
    assert flush() == [] and owed._mine == {}


def test_a_process_that_ends_while_it_seals_leaves_it_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("memory")
    assert owed.take() is not None
    assert flush() == []
    another_process(monkeypatch, seconds=owed.AGAIN_SECONDS)
    assert flush() == ["memory"]


def test_one_that_could_not_be_written_is_tried_again_until_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for trigger in ("memory", "cpu"):
        bags.seal_later(trigger)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form, "close", full)
        assert flush() == [] and len(owed.every()) == 2
    assert flush() == []
    monkeypatch.setattr(owed, "time", Later(owed.AGAIN_SECONDS))
    owed.settled(owed.every()[0])
    assert len(flush()) == 1 and owed.every() == []


def test_one_that_is_old_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bags.seal_later("memory")
    (store.home() / f"{owed.OWED}1-half.new").write_text("[")
    another_process(monkeypatch, seconds=owed.OLD_SECONDS + 1)
    assert flush() == []
    assert list(store.home().glob(".owed-*")) == []


@pytest.mark.parametrize(
    "text", ["", "[", "7", '["memory"]', '["memory", 7]', "[null, {}]", '["x", {"odd": 1}]']
)
def test_what_nobody_here_has_written_is_removed(text: str) -> None:
    store.home().mkdir()
    (store.home() / f"{owed.OWED}1-{'0' * 32}").write_text(text)
    bags.seal_later("memory")
    assert flush() == ["memory"] and owed.every() == []


def test_it_is_small() -> None:
    bags.seal_later("memory", reason="x" * owed.BYTES)
    assert owed.every() == []
    os.truncate(_made(), owed.BYTES + 1)
    assert flush() == [] and owed.every() == []


def _made() -> Path:
    store.home().mkdir(exist_ok=True)
    file = store.home() / f"{owed.OWED}1-{'0' * 32}"
    file.touch()
    return file


def test_without_room_on_the_disk_a_rule_goes_on() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        bags.seal_later("memory")
    assert owed.every() == [] and owed._mine == {}
