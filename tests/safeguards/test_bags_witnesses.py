"""Wherever a bag is sealed, it hears every process that serves; what one of them says may be anything, or nothing."""

import json
import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import bagit
import pytest

from safeguards import bags
from safeguards.bags import facts, form, hearing, parts, present, replaying, witnessing
from safeguards.bags.witnessing import Witness
from safeguards.causes import Causes
from tests.safeguards.bagged import Come, ask, document, loop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]
Acts = list[Callable[[], Any]]
RUBBISH = {
    "nothing": b"",
    "no text": b"\xff\xfe",
    "no document": b"[1]",
    "deep": b"[" * 100_000,
    "no stacks": b'{"stacks": 7, "seconds": []}',
    "no seconds": b'{"stacks": "", "seconds": [{"at": "now"}]}',
    "no counts": b'{"stacks": "", "seconds": [{"at": 1, "causes": 1e99, "caused": [], "requests": []}]}',
    "no row": b'{"stacks": "", "seconds": [{"at": 1, "caused": [["a", "b", -1]], "requests": []}]}',
    "long": json.dumps({"stacks": "x" * (witnessing.STACKS + 1), "seconds": []}).encode(),
}


class Waiting:
    """While a bag waits, one thing after the other happens; then its time passes."""

    def __init__(self) -> None:
        self.acts: Acts = []
        self.waited = 0.0

    def monotonic(self) -> float:
        return self.waited

    def time(self) -> float:
        return time.time()

    def pause(self, seconds: float) -> None:
        self.waited += seconds
        if self.acts:
            self.acts.pop(0)()


@pytest.fixture(autouse=True)
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    held = Waiting()
    monkeypatch.setattr(hearing, "time", held)
    monkeypatch.setattr(hearing, "pause", held.pause)
    return held


def busy(
    monkeypatch: pytest.MonkeyPatch, one: Witness, count: Callable[[Causes], None]
) -> Callable[[], None]:
    """What the process of this witness has counted before; it looks only when the bag waits."""
    causes = Causes()
    count(causes)

    def act() -> None:
        monkeypatch.setattr(facts, "causes", causes)
        one.look()

    return act


def writes(one: Witness, answer: Callable[[Path], Any]) -> Callable[[], None]:
    def act() -> None:
        (asked,) = present.asks()
        answer(present.folder() / asked / f"{one.stem}.json")

    return act


def stacks(path: Path) -> str:
    return (path / "data" / "stacks.txt").read_text()


def test_a_bag_from_outside_holds_what_every_worker_did(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = come(), come()
    waiting.acts += [
        busy(monkeypatch, first, lambda causes: loop(causes, 30)),
        busy(
            monkeypatch, second, lambda causes: (loop(causes, 10), ask(causes, 3, user=2, x_cause="one"))[0]
        ),
    ]
    path = bags.seal("by-hand")
    bagit.Bag(str(path)).validate()
    info = form.info(path)
    assert info["Workers-Heard"] == f"{os.getpid()}, {os.getpid()}"
    assert "Missing" not in info
    told = document(path, "causes.json")
    assert [list(tabs.values()) for tabs in told["top"].values()] == [[{"read": 40}], [{"gesture": 2}]]
    assert told["causes"] == 1
    assert [told["processes"][one.stem]["causes"] for one in (first, second)] == [0, 1]
    assert stacks(path).count("Process ") == 3
    assert stacks(path).count("test_a_bag_from_outside_holds_what_every_worker_did") >= 3
    verdict = replaying.replay(path)
    assert (verdict.requests, verdict.began_s, verdict.put_aside) == (43, 0, ["user:1"])
    assert waiting.waited == pytest.approx(2 * hearing.LOOK_SECONDS)  # no longer than it takes
    assert present.asks() == []


def test_who_does_not_answer_is_named_and_waited_for_a_bounded_time(come: Come, waiting: Waiting) -> None:
    silent, other = come(), come()
    waiting.acts.append(other.look)
    path = bags.seal("memory")
    info = form.info(path)
    assert info["Missing"] == f"stacks and causes of process {present.pid(silent.stem)} (no answer in time)"
    assert info["Workers-Heard"] == str(os.getpid())
    assert f"Process {os.getpid()}: no answer in time" in stacks(path)
    assert hearing.SECONDS <= waiting.waited < hearing.SECONDS + 2 * hearing.LOOK_SECONDS
    assert set(document(path, "causes.json")["processes"]) == {str(os.getpid()), other.stem}


def test_where_nobody_serves_it_says_so_and_waits_for_nobody(come: Come, waiting: Waiting) -> None:
    come().leave()
    path = bags.seal("by-hand")
    assert form.info(path)["Workers-Heard"] == "none: no worker is known to run here"
    assert "Missing" not in form.info(path)
    assert waiting.waited == 0


def test_a_worker_that_seals_hears_the_others_and_does_not_wait_for_itself(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    itself, other = come(), come()
    monkeypatch.setattr(hearing, "witness", itself)
    monkeypatch.setattr("safeguards.bags.evidence.witness", itself)
    ask(facts.causes, 2)
    waiting.acts.append(busy(monkeypatch, other, lambda causes: loop(causes, 5)))
    path = bags.seal("by-hand")
    assert form.info(path)["Workers-Heard"] == f"{os.getpid()}, {os.getpid()}"
    assert waiting.waited == pytest.approx(hearing.LOOK_SECONDS)
    assert replaying.replay(path).requests == 7


@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
def test_an_answer_that_is_none_costs_itself_alone(come: Come, waiting: Waiting, rubbish: bytes) -> None:
    liar, other = come(), come()
    waiting.acts += [other.look, writes(liar, lambda path: path.write_bytes(rubbish))]
    path = bags.seal("by-hand")
    bagit.Bag(str(path)).validate()
    assert form.info(path)["Missing"].endswith("(its answer cannot be read)")
    assert set(document(path, "causes.json")["processes"]) == {str(os.getpid()), other.stem}
    assert present.asks() == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_an_answer_that_is_no_file_is_not_read(come: Come, waiting: Waiting, make: Any) -> None:
    waiting.acts.append(writes(come(), make))
    assert form.info(bags.seal("by-hand"))["Missing"].endswith("(its answer cannot be read)")


def test_an_answer_without_end_is_not_taken(come: Come, waiting: Waiting) -> None:
    def endless(path: Path) -> None:
        path.touch()
        os.truncate(path, 10**12)

    waiting.acts.append(writes(come(), endless))
    assert form.info(bags.seal("by-hand"))["Missing"].endswith("(more than a bag takes)")


def test_all_answers_together_are_bounded(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "TOGETHER", 2 * witnessing.STACKS)
    monkeypatch.setattr(witnessing, "stacks_now", lambda: "x" * witnessing.STACKS)
    waiting.acts += [come().look, come().look]
    info = form.info(bags.seal("by-hand"))
    assert (info["Missing"].count("process"), info["Missing"].count("more than a bag takes")) == (1, 1)


def test_a_worker_with_much_to_say_leaves_the_others_their_room(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(parts.MOST, "stacks.txt", 3_000)
    monkeypatch.setattr(witnessing, "stacks_now", lambda: "short")
    much = json.dumps({"stacks": "x" * 5_000, "seconds": []}).encode()
    waiting.acts += [come().look, writes(come(), lambda path: path.write_bytes(much)), come().look]
    path = bags.seal("by-hand")
    assert (stacks(path).count("short"), len(stacks(path)) <= 3_000) == (2, True)
    assert form.info(path)["Cut"] == "stacks.txt"


def test_no_secret_of_a_worker_leaves_with_the_bag(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SECRET_KEY = "only-of-this-test-" * 4  # a random one may hold a word that says what it is
    seconds = [{"at": int(time.monotonic()), "causes": 0, "caused": [], "requests": []}]
    seconds[0]["caused"] = [[settings.SECRET_KEY[:200], "", "read", 3]]
    said = json.dumps({"stacks": f"connect('{settings.SECRET_KEY}')", "seconds": seconds}).encode()
    waiting.acts.append(writes(come(), lambda path: path.write_bytes(said)))
    path = bags.seal("by-hand")
    assert "connect('[removed]')" in stacks(path)
    assert settings.SECRET_KEY not in (path / "data" / "causes.json").read_text()
    assert [list(top.values()) for top in document(path, "causes.json")["top"].values()] == [[{"read": 3}]]


def test_a_worker_that_lies_about_the_time_spoils_no_replay(
    come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["user:9", "", "read", "page", 5]]
    times = [0, int(time.monotonic()) + 1_000]
    seconds = [{"at": at, "causes": 0, "caused": [], "requests": rows} for at in times]
    said = json.dumps({"stacks": "", "seconds": seconds}).encode()
    liar, other = come(), come()
    waiting.acts += [
        writes(liar, lambda path: path.write_bytes(said)),
        busy(monkeypatch, other, lambda causes: loop(causes, 5)),
    ]
    assert replaying.replay(bags.seal("by-hand")).requests == 5


def test_who_cannot_be_asked_is_named(come: Come, waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_more: Any) -> str:
        raise OSError(28, "No space left on device")

    come()
    monkeypatch.setattr(hearing.tempfile, "mkdtemp", full)
    with closing(hearing.Hearing()) as asking:
        assert list(asking.heard().missing.values()) == ["it could not be asked"]
    assert waiting.waited == 0
