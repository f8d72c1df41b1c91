"""What the streams of one channel are told, with a held loop: how often, once for all, and to whom not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from collaboration import bus
from collaboration.authority import Standing, authority
from collaboration.gathering import Gathering
from collaboration.pulse import Pulse
from collaboration.shedding import pace, register
from safeguards import shedders
from tests.support.clock import Clock

EVERYTHING = Standing(presence=True, cursors=True, shown=True)
WATCHING = Standing(presence=True, cursors=True, shown=False)
BARE = Standing()


class HeldLoop:
    def __init__(self) -> None:
        self.time = Clock()
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, delay: float, act: Callable[[], None]) -> Any:
        entry = (self.time() + delay, act)
        self.waiting.append(entry)
        return SimpleNamespace(cancel=lambda: entry in self.waiting and self.waiting.remove(entry))

    def pass_(self, seconds: float) -> None:
        end = self.time() + seconds
        while due := sorted((one for one in self.waiting if one[0] <= end), key=lambda one: one[0])[:1]:
            self.waiting.remove(due[0])
            self.time.time = max(self.time(), due[0][0])
            due[0][1]()
        self.time.time = end


@dataclass(eq=False)
class Reader:
    person: str
    wants: Standing = EVERYTHING
    is_free: bool = True
    frames: list[bytes] = field(default_factory=list)
    standing: Standing = BARE

    @property
    def ticket(self) -> Any:
        display = {"name": self.person.title(), "initials": "X", "hue": "hue--blue"}
        return SimpleNamespace(
            person=self.person,
            channel="c",
            credential=f"session:{self.person}",
            browser="b",
            display=display,
            reader=self,
        )

    def feel(self, frame: bytes) -> bool:
        if self.is_free:
            self.frames.append(frame)
        return self.is_free

    def told(self, event: str) -> list[Any]:
        parts = [frame.decode().split("\n") for frame in self.frames]
        return [json.loads(data[6:]) for kind, data, *_ in parts if kind == f"event: {event}"]

    def names(self) -> list[str]:
        return [row["name"] for row in self.told("presence")[-1]["people"]]


@pytest.fixture(autouse=True)
def standings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(authority, "_standing", lambda ticket: ticket.reader.wants)
    register()
    yield
    shedders.to_level(0)


def gathered(*readers: Reader) -> tuple[Gathering, HeldLoop]:
    loop = HeldLoop()
    gathering = Gathering("c", loop, proxied=False)
    for reader in readers:
        gathering.join(reader)
    loop.pass_(2)
    for reader in readers:
        reader.frames.clear()
    return gathering, loop


def do(gathering: Gathering, reader: Reader, kind: str, anchor: str = "card-1", x: float = 0.5) -> None:
    gathering.pulse(reader.ticket, reader.wants, Pulse(kind, anchor, x, 0.5))


def test_who_comes_is_told_at_once_who_is_here_and_the_others_hear_of_it() -> None:
    pia, ada = Reader("pia"), Reader("ada")
    gathering, loop = gathered(pia)
    gathering.join(ada)
    assert ada.names() == ["Ada", "Pia"]
    loop.pass_(0)
    assert pia.names() == ["Ada", "Pia"]


def test_thirty_people_who_come_at_once_are_three_rosters_at_most() -> None:
    pia = Reader("pia")
    gathering, loop = gathered(pia)
    for number in range(30):
        gathering.join(Reader(f"person{number:02}"))
        loop.pass_(0.05)
    loop.pass_(1)
    assert len(pia.told("presence")) <= 3
    assert len(pia.names()) == 31


def test_nothing_is_said_while_nothing_changes() -> None:
    pia = Reader("pia")
    gathering, loop = gathered(pia)
    for _second in range(50):
        gathering.keep()
        loop.pass_(1)
    assert pia.frames == []


def test_idle_is_told_after_a_minute_and_taken_back_with_the_next_write() -> None:
    pia = Reader("pia")
    gathering, loop = gathered(pia)
    for _second in range(60):
        gathering.keep()
        loop.pass_(1)
    assert pia.told("presence")[-1]["people"][0]["idle"] is True
    gathering.acted({"pia"})
    gathering.keep()
    loop.pass_(1)
    assert pia.told("presence")[-1]["people"][0]["idle"] is False


def test_ten_frames_a_second_at_most_with_the_latest_of_everybody_encoded_once_for_all() -> None:
    readers = [Reader(f"person{number}") for number in range(5)]
    gathering, loop = gathered(*readers)
    for step in range(100):
        for reader in readers:
            do(gathering, reader, "cursor", x=step / 100)
        loop.pass_(0.01)
    frames = [frame for frame in readers[0].frames if b"event: pulse" in frame]
    assert 9 <= len(frames) <= 11
    assert all(frame is other for frame, other in zip(readers[0].frames, readers[4].frames, strict=True))
    last = readers[0].told("pulse")[-1]["pulses"]
    assert len(last) == 5
    assert b"id:" not in b"".join(frames)


def test_no_flag_no_frames_in_either_direction() -> None:
    pia, bare = Reader("pia"), Reader("bare", BARE)
    gathering, loop = gathered(pia, bare)
    do(gathering, bare, "cursor")
    do(gathering, bare, "typing")
    do(gathering, pia, "cursor")
    loop.pass_(2)
    assert bare.frames == []
    assert [pulse["id"] for frame in pia.told("pulse") for pulse in frame["pulses"]] == ["pia"]


def test_without_the_cursors_flag_presence_goes_on() -> None:
    pia, ada = Reader("pia"), Reader("ada", Standing(presence=True, shown=True))
    gathering, loop = gathered(pia, ada)
    do(gathering, pia, "cursor")
    do(gathering, pia, "typing", "zone-1")
    do(gathering, ada, "cursor")
    loop.pass_(2)
    assert ada.told("pulse") == [{"pulses": [{"id": "pia", "typing": "zone-1"}]}]
    assert [pulse["id"] for frame in pia.told("pulse") for pulse in frame["pulses"]] == ["pia"]


def test_who_watches_is_never_announced() -> None:
    pia, watching = Reader("pia"), Reader("watching", WATCHING)
    gathering, loop = gathered(pia, watching)
    for kind in ("cursor", "typing", "focus", "editing"):
        do(gathering, watching, kind)
    do(gathering, pia, "focus", "card-7")
    gathering.keep()
    loop.pass_(2)
    assert watching.names() == ["Pia"]
    assert b"watching" not in b"".join(pia.frames)


def test_who_hides_disappears_and_who_loses_the_flag_sees_nobody_any_more() -> None:
    pia, ada = Reader("pia"), Reader("ada")
    gathering, loop = gathered(pia, ada)
    ada.wants = WATCHING
    gathering.keep()
    loop.pass_(1)
    assert pia.names() == ["Pia"]
    pia.wants = BARE
    gathering.keep()
    loop.pass_(1)
    assert pia.names() == []
    assert ada.names() == []


def test_a_slow_reader_misses_pulses_and_is_owed_the_roster() -> None:
    pia, slow = Reader("pia"), Reader("slow")
    gathering, loop = gathered(pia, slow)
    slow.is_free = False
    do(gathering, pia, "cursor")
    gathering.join(Reader("ada"))
    loop.pass_(2)
    slow.is_free = True
    gathering.keep()
    loop.pass_(2)
    assert slow.told("pulse") == []
    assert slow.names() == ["Ada", "Pia", "Slow"]


def test_who_is_gone_is_told_and_an_empty_gathering_ends() -> None:
    pia, ada = Reader("pia"), Reader("ada")
    gathering, loop = gathered(pia, ada)
    gathering.leave(ada)
    for _second in range(7):
        assert gathering.keep()
        loop.pass_(1)
    assert pia.names() == ["Pia"]
    gathering.leave(pia)
    for _second in range(7):
        left = gathering.keep()
        loop.pass_(1)
    assert not left


def test_each_shedder_really_sheds_and_returns() -> None:
    pia, ada = Reader("pia"), Reader("ada")
    gathering, loop = gathered(pia, ada)

    def kinds() -> tuple[set[str], Any]:
        ada.frames.clear()
        for kind in ("cursor", "typing", "focus"):
            do(gathering, pia, kind)
        gathering.keep()
        loop.pass_(2)
        sent = {kind for frame in ada.told("pulse") for pulse in frame["pulses"] for kind in pulse}
        return sent - {"id"}, gathering.presence.roster(detail=pace.detail)[0][-1]["card"]

    everything = ({"cursor", "typing", "focus"}, "card-1")
    assert kinds() == everything
    shedders.to_level(1)
    assert kinds() == everything
    assert shedders.one_more(2) == "cursors"
    assert kinds() == ({"typing", "focus"}, "card-1")
    assert shedders.one_more(2) == "typing"
    assert kinds() == ({"focus"}, "card-1")
    assert shedders.one_more(2) == "presence detail"
    assert kinds() == (set(), None)
    shedders.to_level(0)
    assert kinds() == everything


@pytest.mark.parametrize(("level", "most"), [(0, 101), (1, 11)])
def test_coalescing_sends_fewer_frames(level: int, most: int) -> None:
    pia = Reader("pia")
    gathering, loop = gathered(pia)
    shedders.to_level(level)
    for step in range(1000):
        do(gathering, pia, "cursor", x=step / 1000)
        loop.pass_(0.01)
    assert most * 0.8 <= len(pia.told("pulse")) <= most


def test_other_processes_show_the_same_people_and_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    pia, ada = Reader("pia"), Reader("ada")
    one, loop = gathered(pia)
    other, other_loop = gathered(ada)
    said: list[tuple[Gathering, dict[str, Any]]] = []
    speaking: list[Gathering] = []

    def share(kind: str, channel: str, **more: Any) -> None:
        said.append((speaking[0], {"type": kind, "channel": channel, "origin": str(id(speaking[0])), **more}))

    monkeypatch.setattr(bus, "share", share)
    speaking[:] = [one]
    loop.pass_(10)
    do(one, pia, "cursor")
    do(one, ada, "focus", "card-7")
    one.keep()
    loop.pass_(1)
    for speaker, message in said[:]:
        (other if speaker is one else one).heard(message)
    speaking[:] = [other]
    other.keep()
    other_loop.pass_(1)
    assert ada.names() == ["Ada", "Pia"]
    assert ada.told("presence")[-1]["people"][0]["card"] == "card-7"
    assert ada.told("pulse")[0]["pulses"][0]["id"] == "pia"
    assert {message["type"] for speaker, message in said if speaker is one} == {"roster", "pulses"}
    assert "pulses" not in {message["type"] for speaker, message in said if speaker is other}
