"""A process that serves: what it says when a bag asks, and how little it does while none does."""

import json
import os
import time
from contextlib import closing

import pytest

from safeguards.bags import counted, facts, hearing, present, witnessing
from safeguards.causes import Causes
from safeguards.counting import WINDOW_SECONDS
from tests.safeguards.bagged import Come, ask

pytestmark = pytest.mark.usefixtures("bag_folder")


def test_what_the_dead_left_is_removed(come: Come) -> None:
    dead, alive = come(), come()
    assert dead._here is not None
    dead._here.close()  # as the system does it
    assert present.living() == [alive.stem]
    assert [file.stem for file in present.folder().glob(f"*{present.HERE}")] == [alive.stem]
    left = present.folder() / f"{present.ASK}left"
    left.mkdir()
    os.utime(left, (time.time() - 61,) * 2)
    with closing(hearing.Hearing()):
        assert left.name not in present.asks()


def test_while_nobody_asks_it_looks_at_nothing_but_the_folder(
    come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    one = come()
    one.look()
    monkeypatch.setattr(present, "asks", lambda: looked.append("asks") or [])
    monkeypatch.setattr(present, "come", lambda: looked.append("come"))
    monkeypatch.setattr(witnessing, "stacks_now", lambda: looked.append("stacks") or "")
    for _second in range(5):
        one.look()
    assert looked == []


def test_two_questions_within_one_tick_are_both_answered(come: Come) -> None:
    one = come()
    with closing(hearing.Hearing()) as first:
        one.look()
        then = os.stat(present.folder())
        with closing(hearing.Hearing()) as second:
            os.utime(present.folder(), ns=(then.st_atime_ns, then.st_mtime_ns))
            one.look()
            for asking in (first, second):
                assert list(asking.heard().stacks) == [one.stem]


def test_more_questions_than_it_answers_at_once_wait_for_the_next_look(
    come: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    monkeypatch.setattr(witnessing, "stacks_now", lambda: made.append(1) or "")
    one = come()
    for number in range(witnessing.ASKS + 2):
        (present.folder() / f"{present.ASK}{number}").mkdir()
    one.look()
    answered = [list((present.folder() / asked).iterdir()) for asked in present.asks()]
    assert (sum(map(bool, answered)), len(made)) == (witnessing.ASKS, 1)
    one.look()
    one.look()
    answered = [list((present.folder() / asked).iterdir()) for asked in present.asks()]
    assert (all(answered), len(made)) == (True, 2)


def test_a_folder_that_is_taken_away_is_said_once_and_made_anew(
    come: Come, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = come()
    (present.folder() / f"{one.stem}{present.HERE}").unlink()
    present.folder().rmdir()
    one.look()
    one.look()
    assert present.living() == [one.stem]
    assert caplog.text.count("would not hear of this process") == 1


def test_an_answer_has_its_bytes_and_the_last_seconds_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(facts, "causes", Causes(lambda: clock[0]))
    for clock[0] in (100.0, 101.0):
        ask(facts.causes, 3)
    monkeypatch.setattr(witnessing, "stacks_now", lambda: "")
    monkeypatch.setattr(witnessing, "BYTES", 130)
    assert [second["at"] for second in json.loads(witnessing.told())["seconds"]] == [101]
    monkeypatch.setattr(witnessing, "BYTES", 30)
    assert json.loads(witnessing.told())["seconds"] == []


def test_the_rarest_of_many_count_together_and_none_is_lost() -> None:
    keys = [(f"user:{number}", "", "read", "page") for number in range(counted.ROWS * 2)]
    told = counted.second(7, 0, [], [(key, 2) for key in keys])
    assert len(told["requests"]) == counted.ROWS + 1
    assert told["requests"][-1] == ["others", "", "read", "page", 2 * counted.ROWS]
    (whole,) = counted.together([[told], [told]], 7)
    assert sum(row[-1] for row in whole["requests"]) == 8 * counted.ROWS


def test_seconds_of_one_window_alone_belong_together() -> None:
    seconds = [counted.second(at, 1, [], []) for at in range(100, 120)]
    assert [one["at"] for one in counted.together([seconds], 115)] == list(range(106, 116))
    assert len(counted.together([seconds], 115)) == WINDOW_SECONDS
