"""The stream of the operations page: one rendering for all, staff only, never more than twenty."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.db import OperationalError

from board.ops import drawn, known, stored, watching
from collaboration.sse import Parser
from safeguards import kill, paths

ADA, BOB = "a" * 32, "b" * 32


class Person:
    def __init__(self, *, is_staff: bool) -> None:
        self.is_staff = is_staff


class House:
    """Who is staff, how often the pieces were made, and what is in them."""

    def __init__(self) -> None:
        self.people = {ADA: Person(is_staff=True), BOB: Person(is_staff=False)}
        self.made = 0
        self.still = "<p>same</p>"
        self.drawn: list[str] = []

    def fragments(self) -> dict[str, str]:
        self.made += 1
        return {"still": self.still, "moving": f"<p>{self.made}</p>"}

    def pieces(self, name: str) -> dict[str, str]:
        self.drawn.append(name)
        return {f"charts-{name}": "<svg></svg>"} if name != "hour" else {}


class Watcher:
    def __init__(
        self, session: str = ADA, method: str = "GET", *headers: tuple[bytes, bytes], query: bytes = b""
    ) -> None:
        cookie = (b"cookie", f"{site.SESSION_COOKIE_NAME}={session}".encode())
        self.scope = {"type": "http", "method": method, "path": paths.WATCH, "headers": [cookie, *headers]}
        self.scope["query_string"] = query
        self.sent: list[Any] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.left = asyncio.Event()
        self.task = asyncio.ensure_future(watching.watch(self.scope, self._receive, self._send))

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.slow.wait()
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def frames(self) -> list[dict[str, str]]:
        text = b"".join(message.get("body", b"") for message in self.sent[1:]).decode()
        return [json.loads(event.data) for event in Parser().feed(text)]


async def until(true: Callable[[], object]) -> None:
    for _try in range(2000):
        if true():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it did not come about")


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House()
    monkeypatch.setattr(watching, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(watching, "user_of_session", lambda key: made.people.get(key))
    monkeypatch.setattr(known, "fragments", made.fragments)
    monkeypatch.setattr(drawn, "pieces", made.pieces)
    monkeypatch.setattr(stored, "is_old", lambda: False)
    watching._watch.clear()
    yield made
    watching._watch.clear()


def play(scene: Any) -> None:
    async def played() -> None:
        try:
            await scene()
        finally:
            watching.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    asyncio.run(played())


def test_all_watchers_get_the_same_bytes_of_one_rendering(house: House) -> None:
    async def scene() -> None:
        watchers = [Watcher() for _one in range(10)]
        await until(lambda: all(len(watcher.frames) >= 5 for watcher in watchers))
        bodies = [[message["body"] for message in watcher.sent[1:5]] for watcher in watchers]
        assert all(body == bodies[0] for body in bodies)
        assert house.made <= max(len(watcher.sent) for watcher in watchers) + 2  # not ten times as often

    play(scene)


def test_each_span_is_drawn_once_a_round_however_many_watch_it(house: House) -> None:
    async def scene() -> None:
        days = [Watcher(query=b"span=day") for _one in range(5)]
        hours = [Watcher(query=query) for query in (b"", b"span=year", b"span=%ff")]
        await until(lambda: all(len(watcher.frames) >= 4 for watcher in days + hours))
        bodies = [[message["body"] for message in watcher.sent[1:5]] for watcher in days]
        assert all(body == bodies[0] for body in bodies)
        assert set(days[0].frames[0]) == {"still", "moving", "charts-day"}
        assert set(days[0].frames[1]) == {"moving"}
        assert set(hours[0].frames[0]) == {"still", "moving"}
        assert set(house.drawn) == {"day", "hour"}
        assert house.drawn.count("day") <= house.made

    play(scene)


def test_everything_first_then_what_changed(house: House) -> None:
    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: len(watcher.frames) >= 3)
        assert set(watcher.frames[0]) == {"still", "moving"}
        assert set(watcher.frames[1]) == set(watcher.frames[2]) == {"moving"}

    play(scene)


def test_who_was_too_slow_gets_everything_once(house: House) -> None:
    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: len(watcher.frames) >= 2)
        watcher.slow.clear()
        house.still = "<p>other</p>"
        seen, made = len(watcher.frames), house.made
        await until(lambda: house.made > made + 5)
        watcher.slow.set()
        await until(lambda: len(watcher.frames) > seen + 2)
        assert any(frame.get("still") == "<p>other</p>" for frame in watcher.frames[seen:])
        assert len(watcher.frames) - seen < house.made - made  # what it missed was not kept for it

    play(scene)


def test_nobody_watching_is_no_task(house: House) -> None:
    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: watcher.frames)
        watcher.left.set()
        await watcher.task
        one = watching.here()
        await until(lambda: one.task is not None and one.task.done())
        made = house.made
        await asyncio.sleep(0.1)
        assert house.made == made
        again = Watcher()
        await until(lambda: again.frames)
        assert set(again.frames[0]) == {"still", "moving"}

    play(scene)


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


def test_a_rendering_that_fails_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, str]:
        monkeypatch.setattr(known, "fragments", house.fragments)
        raise ValueError

    monkeypatch.setattr(known, "fragments", broken)

    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: watcher.frames)

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


def test_killed_it_goes_on(house: House) -> None:
    kill.told("file", "dead")

    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: watcher.frames)

    try:
        play(scene)
    finally:
        kill.forget()


def test_it_is_answered_before_django_and_counted_by_itself() -> None:
    scope = {"path": "/ops/stream/", "method": "GET"}
    assert (paths.bucket_of(scope), paths.is_raw(scope)) == ("watch", True)
    assert paths.bucket_of({"path": "/ops/", "method": "GET"}) == "read"
