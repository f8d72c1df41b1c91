"""The stream of the operations page: one rendering for all who watch."""

import asyncio

import pytest

from board.ops import known, watching
from safeguards import kill
from tests.board.watched import House, Watcher, play, until


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
        await asyncio.sleep(0.1)  # ten rounds, in which nothing is to happen
        assert house.made == made
        again = Watcher()
        await until(lambda: again.frames)
        assert set(again.frames[0]) == {"still", "moving"}

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


def test_killed_it_goes_on(house: House) -> None:
    kill.told("file", "dead")

    async def scene() -> None:
        watcher = Watcher()
        await until(lambda: watcher.frames)

    try:
        play(scene)
    finally:
        kill.forget()
