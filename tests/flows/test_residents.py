"""Residents on a real server: a test that slows everybody else down is taken back, and without them it is not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, until

pytestmark = [pytest.mark.flow, pytest.mark.alone]
USUAL_MS = 200.0  # more than this machine needs, also when other tests run beside
QUERY_MS = 80  # a page asks about ten
LIMITS = {"residents_seconds": 6, "residents_block_seconds": 4}
GIVEN = """
from board.proof.staged import rehearsed
from safeguards import rollout
rehearsed("live_board", {{"low": 10, "mid": {usual}, "high": 300}})
rollout.add("live_board", "demo-tester", actor="admin", reason="first", consented=True, guarded=True)
"""
FIRST = """
from board.models import User
from safeguards import rollout
User.objects.get(username="synthetic-stand-in").delete()
for feature in ("live_board", "live_cursors"):
    rollout.off(feature, actor="admin")
    rollout.promote(feature, actor="admin", reason="first")
"""
TRIED = """
import json
from safeguards import rollout
from safeguards.models import StageRun
run = StageRun.objects.get(flag__name="live_board", ended_at=None)
print(json.dumps({
    "errors": run.errors, "trouble": run.rehearsal,
    "holds": rollout.verdict(run).reasons, "violation": run.violation,
    "testers": list(run.flag.testers.order_by("user").values_list("user__username", flat=True)),
}))
"""
STAYS = "SELECT residents, requests, edits, tab_episodes FROM safeguards_stagerun WHERE guarded ORDER BY id"
AUDIT = "SELECT action, subject FROM safeguards_auditentry WHERE actor = 'auto:canary-residents'"
RULES = "SELECT rule FROM safeguards_incident"
TESTERS = """
SELECT person.username FROM safeguards_flag flag JOIN safeguards_flag_users has ON has.flag_id = flag.id
JOIN board_user person ON person.id = has.user_id WHERE flag.name = 'live_board'
"""
RESIDENTS = "SELECT COUNT(*) FROM board_user WHERE username LIKE 'synthetic-resident-%'"
THEIR_BOARDS = """
SELECT COUNT(*) FROM board_board board JOIN board_membership seat ON seat.board_id = board.id
JOIN board_user person ON person.id = seat.user_id
WHERE person.username = 'demo-facilitator' AND board.name LIKE '%esident%'
"""


def serving(**limits: float) -> Iterator[Server]:
    server = Server(
        DJANGO_SETTINGS_MODULE="board.proof.faults", PARLEY_JSON=json.dumps(LIMITS | limits), COMMIT="test"
    )
    try:
        (server.folder / "faults").mkdir()
        server.manage("shell", "-v0", "-c", GIVEN.format(usual=USUAL_MS))
        yield server
    finally:
        server.stop()


@pytest.fixture
def with_residents() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def without_residents() -> Iterator[Server]:
    yield from serving(residents=0)


def blocks(server: Server) -> list[Any]:
    return [said for stay in server.rows(STAYS) if (said := json.loads(stay[0] or "{}"))]


def slow_down(server: Server) -> None:
    (server.folder / "faults" / "slow-queries").write_text(str(QUERY_MS))


def acts(server: Server) -> list[str]:
    return [line for line in server.requests() if "PATCH" in line or "GET /boards/" in line]


def test_a_test_that_slows_everybody_down_is_taken_back(with_residents: Server) -> None:
    server = with_residents
    until(lambda: [seen for seen in blocks(server) if not seen["slow_in_a_row"]], 40, "a good block")
    assert (server.rows(AUDIT), server.rows(TESTERS)) == ([], [("demo-tester",)])
    assert (server.rows(THEIR_BOARDS), server.rows(RESIDENTS)) == ([(0,)], [(3,)])
    slow_down(server)
    began = time.monotonic()
    until(lambda: server.rows(AUDIT), 60, "the rollback")
    print(f"rolled back {time.monotonic() - began:.1f} s after everybody was slowed down")
    assert ("rollout.rollback", "live_board") in server.rows(AUDIT)
    assert ("demo-tester",) not in server.rows(TESTERS)  # the stage before is that of synthetic people
    until(lambda: ("canary-residents",) in server.rows(RULES), 15, "the incident")
    assert server.get("/healthz")[0] == 200
    assert_the_workers_are_in(until(lambda: bags_of(server), 20, "the bag")[0], server)


def bags_of(server: Server) -> list[Path]:
    return [one for one in (server.folder / "bags").glob("*-canary-residents") if one.is_dir()]


def assert_the_workers_are_in(bag: Path, server: Server) -> None:
    """The supervisor's process sealed it, and that one serves nobody."""
    worker = server.worker()
    assert f"Workers-Heard: {worker}\n" in (bag / "bag-info.txt").read_text()
    told = json.loads((bag / "data" / "causes.json").read_text())
    assert told["process"] == server.process.pid != worker
    _sealer, of_worker = (bag / "data" / "stacks.txt").read_text().split(f"Process {worker}\n")
    assert "board/server.py" in of_worker
    assert any(second["requests"] for second in told["seconds"])


def tried(server: Server) -> Any:
    return json.loads(server.manage("shell", "-v0", "-c", TRIED).splitlines()[-1])


def has_tried(server: Server) -> bool:
    _said, requests, edits, tab_episodes = server.rows(STAYS)[-1]
    return requests > 5 and edits > 1 and tab_episodes > 1


def test_synthetic_people_try_it_first_and_stop_when_live_is_killed(with_residents: Server) -> None:
    server = with_residents
    server.manage("shell", "-v0", "-c", FIRST)
    until(lambda: has_tried(server), 60, "what a stage has to have seen")
    now = tried(server)
    assert now["errors"] == 0
    assert now["testers"] == ["synthetic-tester-1", "synthetic-tester-2"]
    assert (now["trouble"], now["violation"]) == ("", "")
    assert [why for why in now["holds"] if "residents" not in why] == [now["holds"][-1]]
    assert "Not seen enough yet" in now["holds"][-1]
    assert [line for line in server.requests() if "/pulse/" in line and " 204" in line]
    server.manage("kill", "on", "--reason", "test")
    until(lambda: quiet_for(server, 5.0), 20, "nobody acting for five seconds")


def quiet_for(server: Server, seconds: float) -> bool:
    before, until_then = acts(server), time.monotonic() + seconds
    assert before
    while time.monotonic() < until_then:
        if len(acts(server)) != len(before):
            return False
        time.sleep(0.2)  # between two looks
    return True


@pytest.mark.drill
def test_without_residents_nobody_notices(without_residents: Server) -> None:
    server = without_residents
    slow_down(server)
    began = time.monotonic()
    assert server.get("/accounts/login/")[0] == 200
    with pytest.raises(AssertionError, match="the rollback"):
        until(lambda: server.rows(AUDIT), 40, "the rollback")
    assert time.monotonic() - began > 30
    assert server.rows(TESTERS) == [("demo-tester",)]
    assert server.rows(RESIDENTS) == [(0,)]
