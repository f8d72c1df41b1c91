"""Synthetic people try a feature out before anybody else: who they are, what they do, and what they say went wrong."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from board.models import Board
from board.residents import rehearser
from board.residents.listener import Listener
from board.residents.rehearsal import AGAIN_SECONDS, ANEW_SECONDS, LOOK_SECONDS, VISIT_SECONDS, Rehearsal
from board.residents.rehearser import REJOIN_SECONDS, Rehearser
from board.residents.resident import NotLetIn
from collaboration.pulse import read
from safeguards import kill, rollout
from safeguards.models import AuditEntry, Flag, StageRun
from safeguards.rollout import baselines
from tests.support.cast import Cast
from tests.support.clock import Clock
from tests.support.staged import FEATURE, USUAL, expose, promote, workers

ADDRESS = ("127.0.0.1", 1)
NAMES = ["synthetic-tester-1", "synthetic-tester-2"]


class Body:
    """Visits for a synthetic person, and what comes of it."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.features: list[Any] = []
        self.left = 0
        self.trouble = ""
        self.status = 200

    def __call__(self, _address: tuple[str, int], tenant: Any) -> Any:
        body = self

        class One:
            def visit(self, features: Any) -> str:
                body.visits.append(tenant.username)
                body.features.append(features)
                if body.status != 200:
                    raise NotLetIn(body.status)
                return body.trouble

            def leave(self) -> None:
                body.left += 1

        return One()


@pytest.fixture(autouse=True)
def measured(quiet: None, settings: Any, cast: Cast) -> None:
    baselines.keep({"page_ms": USUAL})
    workers(settings, {"ladder_level": 0})


@pytest.fixture
def body() -> Body:
    return Body()


@pytest.fixture
def doing(clock: Clock, body: Body) -> Rehearsal:
    return Rehearsal(ADDRESS, clock, body)


def run() -> StageRun:
    return StageRun.objects.get(flag__name=FEATURE, ended_at=None)


def test_nobody_acts_before_their_stage_and_after_it(doing: Rehearsal, body: Body) -> None:
    assert doing.turn() == LOOK_SECONDS
    promote()
    doing.turn()
    expose()
    promote()
    assert rollout.stage_of(Flag.objects.get(name=FEATURE)) == "1"
    assert doing.turn() == LOOK_SECONDS
    assert body.visits == NAMES[:1]
    assert doing.tenants == [] and body.left == 2
    assert not Board.objects.filter(created_by__username__startswith="synthetic-").exists()
    assert rollout.status(Flag.objects.get(name=FEATURE))["testers"] == []


def test_they_are_given_it_with_a_line_in_the_audit_trail_and_take_turns(
    doing: Rehearsal, body: Body
) -> None:
    promote()
    assert [doing.turn() for _visit in range(3)] == [VISIT_SECONDS] * 3
    assert body.visits == [NAMES[0], NAMES[1], NAMES[0]]
    assert body.features == [{FEATURE}] * 3
    assert rollout.status(run().flag)["testers"] == NAMES
    assert rollout.sentence(run().flag).startswith("On for synthetic people; nobody else.")
    (line,) = AuditEntry.objects.filter(action="rollout.enlist")
    assert (line.actor, line.after["testers"]) == ("auto:rehearsal", NAMES)


def test_their_stage_can_be_passed(doing: Rehearsal) -> None:
    promote()
    doing.turn()
    assert rollout.verdict(run()).word == "HOLD"
    expose()
    assert rollout.verdict(run()).word == "PASS"


def test_they_rest_while_live_is_killed_or_the_server_is_pressed(
    doing: Rehearsal, body: Body, settings: Any
) -> None:
    promote()
    doing.turn()
    kill.on("test", "admin")
    assert doing.turn() == LOOK_SECONDS
    kill.off("calm", "admin")
    workers(settings, {"ladder_level": 2})
    assert doing.turn() == LOOK_SECONDS
    assert body.visits == NAMES[:1] and body.left == 4


def test_what_went_wrong_twice_is_said_and_forgotten_when_all_is_well(doing: Rehearsal, body: Body) -> None:
    promote()
    body.trouble = "unheard"
    doing.turn()
    assert run().rehearsal == ""
    doing.turn()
    assert any("did not hear a change" in why for why in rollout.verdict(run()).reasons)
    body.trouble = ""
    doing.turn()
    assert run().rehearsal == ""


@pytest.mark.parametrize(("status", "words"), [(301, "Set TRUSTED_PROXIES"), (404, "turned away by name")])
def test_who_is_not_let_in_says_why_and_moves(
    doing: Rehearsal, body: Body, clock: Clock, status: int, words: str
) -> None:
    promote()
    doing.turn()
    before = {tenant.slug for tenant in doing.tenants}
    body.status = status
    assert doing.turn() == AGAIN_SECONDS
    assert any(words in why for why in rollout.verdict(run()).reasons)
    body.status = 200
    doing.turn()
    assert run().rehearsal == ""
    assert {tenant.slug for tenant in doing.tenants} != before
    clock.pass_(ANEW_SECONDS)
    doing.turn()
    assert Board.objects.filter(created_by__username__startswith="synthetic-").count() == 1


class Said:
    """A visitor and a listener who are told what to answer, and remember what they were asked."""

    def __init__(self, *_of: Any) -> None:
        self.asked: list[str] = []
        self.page, self.change, self.stream, self.heard, self.taken = 200, 200, 200, True, 204
        self.is_open, self.tenant = False, type("Tenant", (), {"slug": "s", "card": "c"})
        self.headers = dict

    def read(self, headers: dict[str, str]) -> int:
        self.asked.append(f"page as {headers['Sec-Fetch-Dest']}")
        return self.page

    def edit(self, _text: str, headers: dict[str, str]) -> tuple[int, Any]:
        self.asked.append("change by a gesture" if headers["X-Cause"] else "change")
        return self.change, {"seq": 7}

    def open(self, path: str, _headers: dict[str, str]) -> int:
        self.asked.append(path)
        self.is_open = self.stream == 200
        return self.stream

    def hears(self, seq: int) -> bool:
        return self.heard and seq == 7

    def pulse(self, said: dict[str, Any], _headers: dict[str, str]) -> int:
        assert read(json.dumps(said).encode()).anchor == "card-c"  # the server's own reader takes it
        self.asked.append(said["kind"])
        return self.taken


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    both = Said()
    for name in ("Visitor", "Listener"):
        monkeypatch.setattr(rehearser, name, lambda *_of: both)
    return both


def test_a_visit_is_a_page_and_a_change_beside_an_open_stream(said: Said, clock: Clock) -> None:
    person = Rehearser(ADDRESS, Any, clock)
    acts = ["page as document", "change by a gesture"]
    assert [person.visit(), person.visit()] == ["", ""]
    assert said.asked == ["/boards/s/stream/?html=1", *acts, *acts]
    clock.pass_(REJOIN_SECONDS)
    person.visit()
    assert said.asked[5] == "/boards/s/stream/?html=1"


@pytest.mark.parametrize(
    ("features", "pulses"),
    [
        ({"live_board"}, []),
        ({"live_presence"}, ["focus"]),
        ({"live_cursors"}, ["cursor"]),
        ({"live_presence", "live_cursors"}, ["focus", "cursor"]),
    ],
)
def test_who_tries_presence_or_cursors_tells_what_they_do(
    said: Said, clock: Clock, features: set[str], pulses: list[str]
) -> None:
    assert Rehearser(ADDRESS, Any, clock).visit(features) == ""
    assert said.asked[3:] == pulses


@pytest.mark.parametrize(
    ("what", "status", "trouble"),
    [
        ("stream", 204, "plain"),
        ("stream", 503, "stream"),
        ("page", 500, "page"),
        ("change", 503, "change"),
        ("heard", False, "unheard"),
        ("taken", 503, "pulse"),
    ],
)
def test_a_visit_says_what_went_wrong(said: Said, clock: Clock, what: str, status: Any, trouble: str) -> None:
    setattr(said, what, status)
    assert Rehearser(ADDRESS, Any, clock).visit({"live_presence"}) == trouble


class Streaming(BaseHTTPRequestHandler):
    asked: list[str | None] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Last-Event-ID"])
        if self.path == "/plain":
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"id: 0000000e-4\ndata: {}\n\nevent: head\ndata: {}\n\nid: 0000000e-5\nda")
        self.wfile.flush()
        self.wfile.write(b"ta: {}\n\n")

    def log_message(self, *_said: Any) -> None:
        """Quiet."""


@pytest.fixture
def streaming() -> Iterator[tuple[str, int]]:
    Streaming.asked = []
    server = HTTPServer(("127.0.0.1", 0), Streaming)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield ("127.0.0.1", server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_listener_hears_what_came_and_begins_again_from_there(streaming: tuple[str, int]) -> None:
    listener = Listener(streaming)
    assert listener.open("/", {}) == 200
    assert listener.hears(4) and listener.hears(5)
    assert not listener.hears(6) and not listener.is_open
    assert listener.open("/", {}) == 200
    listener.close()
    assert listener.open("/plain", {}) == 204 and not listener.is_open
    assert Streaming.asked == [None, "0000000e-5", "0000000e-5"]


def test_a_listener_without_a_server_is_told_so() -> None:
    assert Listener(("127.0.0.1", 9)).open("/", {}) == 599
