"""Presence and pulses on real servers, as a program on the other end sees them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from board.proof.drills.machine import start_store
from tests.support.server import Server, until
from tests.support.streams import Client, Reader
from tests.support.visitor import Visitor

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module", params=["uvicorn", pytest.param("daphne", marks=pytest.mark.drill)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server("serve", "--server", request.param)
    yield server
    server.stop()


def names(reader: Reader) -> list[str]:
    told = reader.of("presence")
    return [row["name"].split()[0] for row in json.loads(told[-1].data)["people"]] if told else []


def pulses(reader: Reader) -> list[dict[str, Any]]:
    return [pulse for event in reader.of("pulse") for pulse in json.loads(event.data)["pulses"]]


def test_presence_and_pulses_travel_without_an_id_and_observers_are_not_told_of(server: Server) -> None:
    mona, aiko = Visitor(server, "demo-facilitator"), Visitor(server, "demo-observer")
    reads, watches = mona.stream(), aiko.stream()
    until(lambda: names(reads) == ["Mona"] and names(watches) == ["Mona"], what="Mona is here")
    jonas = Visitor(server, "demo-participant")
    theirs = [jonas.stream(), Visitor(server, "demo-participant").stream()]
    until(lambda: names(reads) == ["Jonas", "Mona"], what="Jonas is here, once")
    assert jonas.pulse({"kind": "cursor", "anchor": "card-1", "x": 0.25, "y": 2, "id": "eve"}) == 204
    assert aiko.pulse({"kind": "cursor", "anchor": "card-1", "x": 0.25, "y": 0.5}) == 204
    assert jonas.pulse({"kind": "typing", "anchor": "zone-1"}) == 204
    until(lambda: any("typing" in pulse for pulse in pulses(watches)), what="typing is told")
    people = {row["name"]: row["id"] for row in json.loads(reads.of("presence")[-1].data)["people"]}
    assert {pulse["id"] for pulse in pulses(reads)} == {people["Jonas Tamm"]}
    assert {"anchor": "card-1", "x": 0.25, "y": 1.0} in [pulse.get("cursor") for pulse in pulses(reads)]
    assert not any(event.id for event in reads.of("presence") + reads.of("pulse"))
    for stream in theirs:
        stream.close()
    until(lambda: names(reads) == ["Mona"], what="Jonas is gone")


def test_what_is_refused_on_the_wire(server: Server) -> None:
    jonas = Visitor(server, "demo-participant")
    assert jonas.pulse(method="GET") == 405
    assert jonas.pulse(b"{" * 513) == 413
    assert jonas.pulse(b"{" * 100_000) == 413
    assert jonas.pulse(b"{") == 400
    assert jonas.pulse(**{"X-CSRFToken": "x" * 32}) == 403
    assert jonas.pulse(Origin="https://elsewhere.example") == 403
    jonas.slug = "nosuchboard"
    assert jonas.pulse() == 404
    assert server.ask("POST", "/boards/x/pulse/", {}, {})[0] == 401


def test_the_flag_ends_it_in_an_open_stream(server: Server) -> None:
    mona, pia = Visitor(server, "demo-facilitator"), Visitor(server, "demo-admin")
    reads, other = mona.stream(), pia.stream()
    until(lambda: names(reads) == ["Mona", "Pia"], what="both are here")
    server.manage("rollout", "remove", "live_presence", "demo-admin")
    until(lambda: names(other) == [] and names(reads) == ["Mona"], what="Pia neither sees nor is seen")
    server.manage("rollout", "add", "live_presence", "demo-admin")
    until(lambda: names(other) == names(reads) == ["Mona", "Pia"], what="both are here again")


def test_a_flood_of_pulses_is_limited(server: Server) -> None:
    jonas = Visitor(server, "demo-participant")
    statuses = [jonas.pulse() for _number in range(30)]
    assert statuses[:10] == [204] * 10
    assert set(statuses) <= {204, 429}


def test_two_workers_show_the_same_people() -> None:
    redis = start_store()
    server = Server("serve", "--workers", "2", REDIS_URL=redis.connection_url)
    try:
        until(lambda: len(server.workers()) == 2, what="two workers")
        roles = ("facilitator", "participant", "admin") * 2
        people = [Visitor(server, f"demo-{who}") for who in roles]
        readers = [person.stream() for person in people]
        for reader in readers:
            until(lambda reader=reader: names(reader) == ["Jonas", "Mona", "Pia"], what="three people")
        assert people[0].pulse({"kind": "typing", "anchor": "zone-1"}) == 204
        for reader in readers:
            until(lambda reader=reader: pulses(reader), what="typing is told")
    finally:
        server.stop()
        redis.terminate()


def test_tokens_open_streams_without_a_browser_and_are_here_too(server: Server) -> None:
    mona = Client(server, "demo-facilitator")
    reader = mona.stream()
    until(lambda: names(reader) == ["Mona"], what="Mona is here")
