"""An ordinary meeting: thirty people, bursts, joins and sleeping laptops; nothing may trip."""

import json
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from collaboration.losses import Losses
from safeguards import admission, breakers, causes, conf, pressure
from safeguards.asked import Asked
from safeguards.identity import make_who
from safeguards.kernel.rate_limit import SECOND
from safeguards.resources import gauges
from tests.safeguards.asgi import scope_of
from tests.safeguards.conftest import Clock
from tests.support.effort import cases

PEOPLE, SECONDS = 30, cases(900, 3600)
SCRIPT = {"sec_fetch_dest": "empty"}
# A minute of a real server, as the file's own command recorded it on two cores that others kept busy.
RECORDED = json.loads((Path(__file__).parents[1] / "fixtures" / "meeting.json").read_text())


class Meeting:
    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock, self.random = clock, random.Random(seed)
        self.heads = [
            {"cookie": f"sessionid=k{n}; who={make_who(n, f'k{n}')}; browser=browser-{n:04}"}
            for n in range(PEOPLE)
        ]
        self.counted = causes.causes
        self.requests = self.refused = self.tripped = self.passed = 0
        self.away = [0] * PEOPLE
        self.losses = Losses(lambda: clock.ns / SECOND)

    def ask(self, person: int, path: str, method: str = "GET", **more: str) -> None:
        asked = Asked(scope_of(path, method, address="192.0.2.7", **self.heads[person], **more))
        self.counted.attempt(asked)
        self.requests += 1
        self.refused += not admission.admit_request(asked).allowed

    def arrive(self, person: int) -> None:
        self.ask(person, "/boards/x/", sec_fetch_dest="document")
        self.ask(person, "/boards/x/stream/", **SCRIPT)
        self.counted.opened(f"browser-{person:04}")

    def gesture(self, person: int, path: str = "/boards/x/cards/") -> None:
        cause = str(UUID(int=self.random.getrandbits(128)))
        self.ask(person, path, "POST", x_cause=cause, **SCRIPT)

    def second(self) -> None:
        for person in range(PEOPLE):
            if self.away[person]:
                self.sleep(person)
            else:
                self.live(person)
            pressure.look()  # more often than the sampler does
        self.clock.forward(1)
        self.replay()
        here = PEOPLE - sum(map(bool, self.away))
        gauges.report("reconnects_per_stream", self.losses.count() / max(here, 1))
        pressure.sample()
        self.tripped += pressure.level() > 0 or not breakers.ask().allowed or bool(breakers.quarantined())

    def replay(self) -> None:
        """What a server's gauges said while as many people met, again and again."""
        for name, told in RECORDED["gauges"].items():
            gauges.report(name, told[self.passed % len(told)])
        gauges.report("rss_share", gauges.value("rss_bytes") / conf.number("rss_bytes"))
        self.passed += 1

    def sleep(self, person: int) -> None:
        self.away[person] -= 1
        if not self.away[person]:
            self.ask(person, "/boards/x/stream/", **SCRIPT)  # the laptop wakes
            self.losses.add(f"browser-{person:04}")
            self.ask(person, "/boards/x/events/", **SCRIPT)  # and repairs what it missed

    def live(self, person: int) -> None:
        chance = self.random.random()
        if chance < 0.06:  # now and then several cards, dragged or typed quickly
            for _ in range(1 if chance < 0.05 else self.random.randint(3, 12)):
                self.gesture(person)
        elif chance < 0.0605:
            self.away[person] = self.random.randint(30, 600)
        elif chance < 0.062:
            self.arrive(person)
        if self.random.random() < 0.3:
            for _ in range(self.random.randint(1, 8)):
                self.gesture(person, "/boards/x/pulse/")


@pytest.mark.thorough
def test_thirty_people_who_meet_trip_nothing(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LADDER = "act"
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(causes, "causes", causes.Causes(lambda: clock.ns / SECOND))
    meeting = Meeting(clock, 1)
    for person in range(PEOPLE):
        meeting.arrive(person)
    for _second in range(SECONDS):
        meeting.second()
    print(
        f"\n{meeting.requests} requests in {SECONDS} s, {meeting.refused} refused, {meeting.tripped} s not normal"
    )
    assert meeting.requests > 14 * SECONDS
    assert RECORDED["people"] == PEOPLE
    assert {len(told) for told in RECORDED["gauges"].values()} == {60}
    read = {reading.name for reading in pressure.readings(gauges.snapshot())}
    assert read >= {"cpu_cores", "loop_lag_ms", "rss_share", "thread_share", "stream_share"}
    assert (meeting.refused, meeting.tripped) == (0, 0)


@pytest.mark.parametrize(
    ("name", "times"), [("cpu_cores", 3), ("loop_lag_ms", 20), ("rss_bytes", 10), ("thread_share", 8)]
)
def test_a_server_that_is_so_much_busier_trips(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    settings.LADDER = "act"
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(causes, "causes", causes.Causes(lambda: clock.ns / SECOND))
    monkeypatch.setitem(RECORDED["gauges"], name, [value * times for value in RECORDED["gauges"][name]])
    meeting = Meeting(clock, 1)
    for _second in range(60):
        meeting.second()
    assert meeting.tripped > 0


def test_the_same_meeting_with_one_runaway_trips(
    clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LADDER = "act"
    monkeypatch.setattr(gauges, "_values", {})
    monkeypatch.setattr(causes, "causes", causes.Causes(lambda: clock.ns / SECOND))
    meeting = Meeting(clock, 1)
    for person in range(PEOPLE):
        meeting.arrive(person)
    for _second in range(30):
        for _ in range(20):
            meeting.ask(0, "/boards/x/", **SCRIPT)
        meeting.second()
    assert meeting.refused > 500
    assert set(breakers.quarantined()) == {"user:0"}
    assert pressure.level() <= 1
