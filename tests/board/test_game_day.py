"""A drill from the operations page: who may, with what, and one at a time. How it is played is a flow test."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from board.game_day import drills
from board.game_day.playing import look
from board.models import Board
from board.ops import known, stored
from safeguards import game_days, kill
from safeguards.models import AuditEntry, GameDay
from tests.support.cast import Cast, staff

pytestmark = pytest.mark.django_db
URL = "/ops/drill/"
GOOD = {"drill": "polling", "why_drill": "every month", "consent": "1"}
NOWHERE = ("127.0.0.1", 1)


@pytest.fixture(autouse=True)
def server(settings: Any, tmp_path: Any) -> Iterator[None]:
    """A supervisor with one calm worker, as its status file tells it."""
    settings.DATA_DIR, settings.STAGING = tmp_path, False
    (tmp_path / "run").mkdir()
    tell(tmp_path, {"ladder_level": 0})
    kill.forget()
    stored.forget()
    yield
    kill.forget()
    stored.forget()


def tell(folder: Any, gauges: dict[str, float]) -> None:
    worker = {"pid": 1, "beat_age_s": 0, "cores": 0, "rss_bytes": 0, "gauges": gauges}
    told = {"at": time.time(), "restarts": 0, "workers": [worker]}
    (folder / "run" / "status.json").write_text(json.dumps(told))


def test_it_is_asked_for_with_a_line_in_the_audit_trail(cast: Cast) -> None:
    client = staff(cast, "add_gameday")
    assert client.post(URL, GOOD).status_code == 303
    day = GameDay.objects.get()
    assert (day.drill, day.asked_by, day.reason, day.consented) == ("polling", "owner", "every month", True)
    line = AuditEntry.objects.get()
    assert (line.actor, line.action, line.reason) == ("owner", "game-day.start", "every month")
    assert line.after == {"staging": False, "consented": True}
    assert "under way" in client.get("/ops/").text


def test_only_staff_with_the_permission_start_one(cast: Cast) -> None:
    assert Client().post(URL, GOOD).status_code == 302
    member = Client()
    member.force_login(cast.participant)
    assert member.post(URL, GOOD).status_code == 403
    client = staff(cast)
    assert client.post(URL, GOOD).status_code == 403
    assert "Start the drill" not in client.get("/ops/").text
    assert not GameDay.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("less", "sentence"),
    [
        ({"consent": ""}, "say that you agree"),
        ({"why_drill": "  "}, "Say why."),
        ({"drill": "fan-out-bomb"}, "Choose one of the drills."),
    ],
)
def test_what_is_missing_is_said_and_nothing_starts(cast: Cast, less: dict[str, str], sentence: str) -> None:
    answer = staff(cast, "add_gameday").post(URL, GOOD | less)
    assert answer.status_code == 422 and sentence in answer.text
    assert not GameDay.objects.exists()


def test_in_staging_nobody_has_to_agree(cast: Cast, settings: Any) -> None:
    client = staff(cast, "add_gameday")
    assert 'name="consent"' in client.get("/ops/").text
    settings.STAGING = True
    assert 'name="consent"' not in client.get("/ops/").text
    assert client.post(URL, GOOD | {"consent": ""}).status_code == 303


def test_one_at_a_time(cast: Cast) -> None:
    client = staff(cast, "add_gameday")
    client.post(URL, GOOD)
    second = client.post(URL, GOOD)
    assert second.status_code == 422 and "Another drill is under way" in second.text
    assert GameDay.objects.count() == AuditEntry.objects.count() == 1


def test_one_that_never_told_its_end_blocks_nobody_for_ever(cast: Cast) -> None:
    client = staff(cast, "add_gameday")
    client.post(URL, GOOD)
    assert game_days.claim() is not None
    assert game_days.claim() is None
    GameDay.objects.update(asked_at=timezone.now() - timedelta(seconds=91))
    assert client.post(URL, GOOD).status_code == 303
    newest, lost = GameDay.objects.all()
    assert lost.result["error"] == "Nobody told how it ended." and newest.turn == 1


@pytest.mark.parametrize("why", ["killed", "pressed", "no supervisor"])
def test_not_now(cast: Cast, settings: Any, why: str) -> None:
    client = staff(cast, "add_gameday")
    if why == "killed":
        kill.on("test", "owner")
    elif why == "pressed":
        tell(settings.DATA_DIR, {"ladder_level": 2})
    else:
        (settings.DATA_DIR / "run" / "status.json").unlink()
    answer = client.post(URL, GOOD)
    assert answer.status_code == 422 and "Not now" in answer.text
    assert not GameDay.objects.exists()


def test_a_server_that_does_not_answer_breaks_the_bounds_and_nothing_stays(cast: Cast) -> None:
    client = staff(cast, "add_gameday")
    client.post(URL, GOOD | {"drill": "echo"})
    boards = Board.objects.count()
    look(NOWHERE)
    look(NOWHERE)
    day = GameDay.objects.get()
    assert day.ended_at and day.turn is None and day.result["passed"] is False
    assert Board.objects.count() == boards
    line = AuditEntry.objects.get(actor_kind="auto")
    assert (line.actor, line.action, line.subject) == ("auto:drill", "drill", "game day: echo")
    stored.forget()
    page = client.get("/ops/").text
    assert "<b>broken</b>" in page and "edits let in per gesture 0 (4 to 4)" in page


def test_a_drill_that_fails_by_itself_is_ended_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    staff(cast, "add_gameday").post(URL, GOOD)
    GameDay.objects.update(drill="unknown")
    look(NOWHERE)
    assert GameDay.objects.get().result["error"].startswith("KeyError")


def test_who_watches_sees_it_begin_and_end(cast: Cast) -> None:
    assert "No drill yet." in known.fragments()["ops-game-days"]
    day = game_days.ask("polling", drills.PLAYED, by="ada", reason="monthly", consented=True)
    stored.read()
    assert "under way" in known.fragments()["ops-game-days"]
    game_days.finish(day, {"passed": True, "contained_s": 0.4, "bounds": {}})
    stored.read()
    assert "held, 0.4 s" in known.fragments()["ops-game-days"]
