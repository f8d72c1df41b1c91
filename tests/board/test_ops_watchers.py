"""Who may watch the operations page: staff only, never more than twenty, looked at again and again."""

import json

import pytest
from django.db import OperationalError

from board.ops import watching
from safeguards import paths
from tests.board.watched import ADA, BOB, House, Person, Watcher, play, until


def test_the_twenty_first_is_told_to_use_refresh(house: House) -> None:
    async def scene() -> None:
        inside = [Watcher() for _one in range(watching.MOST)]
        await until(lambda: all(watcher.status == 200 for watcher in inside))
        outside = Watcher()
        await outside.task
        assert outside.status == 503
        assert "Refresh" in outside.sent[1]["body"].decode()
        inside[0].left.set()
        await inside[0].task
        late = Watcher()
        await until(lambda: late.status == 200)

    play(scene)


@pytest.mark.parametrize(
    ("session", "method", "site_said", "status"),
    [
        ("", "GET", b"same-origin", 401),
        ("unknown", "GET", b"same-origin", 401),
        (BOB, "GET", b"same-origin", 403),
        (ADA, "GET", b"cross-site", 403),
        (ADA, "POST", b"same-origin", 405),
    ],
)
def test_others_are_refused(house: House, session: str, method: str, site_said: bytes, status: int) -> None:
    async def scene() -> None:
        watcher = Watcher(session, method, (b"sec-fetch-site", site_said))
        await watcher.task
        assert watcher.status == status
        assert json.loads(watcher.sent[1]["body"])["status"] == status
        assert house.made == 0

    play(scene)


def test_who_is_no_longer_staff_is_sent_away_by_the_next_check(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHECK_SECONDS", 0.05)

    async def scene() -> None:
        house.people["c" * 32] = Person(is_staff=True)
        stays, goes = Watcher(), Watcher("c" * 32)
        await until(lambda: stays.frames and goes.frames)
        house.people["c" * 32] = Person(is_staff=False)
        await until(goes.task.done)
        assert goes.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        seen = len(stays.frames)
        await until(lambda: len(stays.frames) > seen)

    play(scene)


@pytest.mark.parametrize(("patience", "stays"), [(300.0, True), (0.0, False)])
def test_a_database_that_is_away_is_borne_for_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch, patience: float, stays: bool
) -> None:
    monkeypatch.setattr(watching, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(watching, "UNCHECKED_SECONDS", patience)
    asked: list[object] = []

    def away(keys: set[str]) -> set[str]:
        asked.append(keys)
        raise OperationalError

    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: watcher.frames)
        monkeypatch.setattr(watching, "staff_among", away)
        await until(lambda: len(asked) >= (3 if stays else 1))
        if stays:
            assert not watcher.task.done()
        else:
            await until(watcher.task.done)

    play(scene)


def test_a_database_that_is_away_at_the_door_is_a_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(key: str) -> None:
        raise OperationalError

    monkeypatch.setattr(watching, "user_of_session", away)

    async def scene() -> None:
        watcher = Watcher()
        await watcher.task
        assert watcher.status == 503

    play(scene)


def test_it_is_answered_before_django_and_counted_by_itself() -> None:
    scope = {"path": "/ops/stream/", "method": "GET"}
    assert (paths.bucket_of(scope), paths.is_raw(scope)) == ("watch", True)
    assert paths.bucket_of({"path": "/ops/", "method": "GET"}) == "read"
