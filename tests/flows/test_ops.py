"""The operations page of a real server: figures each second, through a kill; its people put aside everywhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from board.ops.known import PIECES
from safeguards import history
from tests.support.server import Server, until
from tests.support.streams import Client, Reader

pytestmark = pytest.mark.flow
SESSIONS = (
    "from django.contrib.auth import *; from django.contrib.sessions.backends.db import SessionStore\n"
    "for name in ('demo-admin', 'demo-participant'):\n"
    "    u = get_user_model().objects.get(username=name); s = SessionStore(); s[SESSION_KEY] = str(u.pk)\n"
    "    s[BACKEND_SESSION_KEY] = 'django.contrib.auth.backends.ModelBackend'\n"
    "    s[HASH_SESSION_KEY] = u.get_session_auth_hash(); s.create(); print(s.session_key)"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    server.manage("rollout", "everyone", "live_board", "--reason", "tests")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def sessions(server: Server) -> list[str]:
    """Of staff, and of a member."""
    return server.manage("shell", "-v0", "-c", SESSIONS).splitlines()[-2:]


@pytest.fixture
def staff(sessions: list[str]) -> dict[str, str]:
    return {"Cookie": f"sessionid={sessions[0]}"}


def watch(server: Server, headers: dict[str, str]) -> Reader:
    return Reader(server.port, "/ops/stream/", headers)


def pieces(reader: Reader) -> dict[str, str]:
    """As a page would have them now."""
    shown: dict[str, str] = {}
    for event in reader.of("pieces"):
        shown |= json.loads(event.data)
    return shown


def test_strangers_and_members_are_refused(server: Server, sessions: list[str]) -> None:
    assert server.get("/ops/stream/")[0] == 401
    assert server.get("/ops/stream/", Cookie=f"sessionid={sessions[1]}")[0] == 403


def test_figures_come_each_second_and_through_a_kill(server: Server, staff: dict[str, str]) -> None:
    board = Client(server, "demo-facilitator")
    member = until(lambda: opened(board), 20, "a stream", 0.5)
    reader = watch(server, staff)
    reader.wait("pieces", 2)
    assert set(pieces(reader)) == {*PIECES, "ops-charts-hour", "ops-compared-hour"}
    (server.folder / "kill").write_text(json.dumps({"reason": "a drill", "by": "ops"}))
    assert member.ended.wait(5)
    until(lambda: "a drill" in pieces(reader)["ops-state"], 5, "the kill on the page")
    until(lambda: "until the last of 1 streams had ended" in pieces(reader)["ops-state"], 5, "its time")
    seen = len(reader.events)
    until(lambda: len(reader.events) > seen + 1, 5, "more figures")
    assert server.get("/ops/", **staff)[0] == 200
    (server.folder / "kill").unlink()
    until(lambda: "a drill" not in pieces(reader)["ops-state"], 5, "on again")
    reader.close()


def opened(board: Client) -> Reader | None:
    reader = board.stream()
    if reader.status == 200:
        return reader
    reader.close()
    return None


def test_the_supervisor_keeps_the_ring(server: Server, settings: Any) -> None:
    settings.DATA_DIR = server.folder
    lines = until(lambda: list(history.Follower("seconds").new())[2:], 10, "three seconds")
    worker = server.worker()
    assert str(worker) in lines[-1]["workers"]
    assert lines[-1]["total"]["rss_bytes"] > 1e6


def test_the_worker_says_goodbye_at_the_end(server: Server, staff: dict[str, str]) -> None:
    reader = watch(server, staff)
    reader.wait("pieces")
    server.stop()
    assert reader.ended.wait(5)
    assert "Traceback" not in (server.folder / "server.log").read_text()
