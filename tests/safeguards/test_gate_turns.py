"""Places that get free go round the keys, so that no key keeps another one waiting."""

import asyncio
from typing import Any

import pytest

from safeguards.asked import Asked
from safeguards.gate import Gate, of_one
from safeguards.identity import make_who
from tests.safeguards.asgi import scope_of


class Queue:
    """A gate alone: who came is inside until `done`; `order` says who was let in after the other."""

    def __init__(self) -> None:
        self.gate = Gate("inside_django", "queue", "queue_seconds", of_one)
        self.order: list[str] = []
        self.inside: list[tuple[str, bool]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.away: list[str] = []

    async def come(self, key: str, times: int = 1, *, by_program: bool = False) -> None:
        for _ in range(times):
            self.tasks.append(asyncio.create_task(self._enter(key, by_program)))
            await self._settle()

    async def done(self, key: str = "", times: int = 1) -> None:
        """The first of this key leaves; without one whoever is first."""
        for _ in range(times):
            here = next(known for known in self.inside if key in {"", known[0]})
            self.inside.remove(here)
            self.gate.leave(here[0], by_program=here[1])
            await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _turn in range(4):
            await asyncio.sleep(0)  # whoever may go on does so within four turns of the loop

    async def _enter(self, key: str, by_program: bool) -> None:
        if await self.gate.enter(key, by_program=by_program):
            self.order.append(key)
            self.inside.append((key, by_program))
        else:
            self.away.append(key)

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


HOG, OTHER = "user:1", "user:2"
WIDE = {"queue": 1000, "queue_per_key": 1000}


def behind_a_hog(busy: int) -> tuple[int, int]:
    """Of one key eighty wait; how many are inside, and the how manieth to be let in is one of somebody else."""

    async def run() -> tuple[int, int]:
        queue = Queue()
        for number in range(busy):
            await queue.come(f"user:{number + 10}")
        places = 6 - busy
        await queue.come(HOG, 80 + min(places, 2))
        inside = len(queue.inside)
        before = len(queue.order)
        await queue.come(OTHER)
        while OTHER not in queue.order:
            await queue.done()
        at = queue.order.index(OTHER) - before + 1
        await queue.end()
        return inside, at

    return asyncio.run(run())


def test_somebody_else_is_next_while_eighty_of_one_key_wait(settings: Any) -> None:
    settings.PARLEY = WIDE
    assert behind_a_hog(busy=0) == (2, 1)  # two places: a third one is free for somebody else
    assert behind_a_hog(busy=6) == (6, 2)  # after the hog's first


def test_off_it_is_the_last_of_all(settings: Any) -> None:
    settings.PARLEY = WIDE | {"inside_per_key": 0}
    assert behind_a_hog(busy=6) == (6, 81)


def test_places_that_get_free_go_round_the_keys(settings: Any) -> None:
    settings.PARLEY = WIDE | {"inside_django": 1}

    async def run() -> list[str]:
        queue = Queue()
        await queue.come("first")
        for key in ("a", "a", "a", "a", "b", "b", "c"):
            await queue.come(key)
        await queue.done(times=7)
        await queue.end()
        return queue.order[1:]

    assert asyncio.run(run()) == ["a", "b", "c", "a", "b", "a", "a"]
    settings.PARLEY |= {"inside_per_key": 0}
    assert asyncio.run(run()) == ["a", "a", "a", "a", "b", "b", "c"]


def test_one_key_has_two_places_and_sixteen_that_wait_and_an_address_more(settings: Any) -> None:
    async def run(key: str) -> tuple[int, int, int]:
        queue = Queue()
        await queue.come(key, 100)
        found = len(queue.inside), queue.gate.waiting, len(queue.away)
        await queue.end()
        return found

    assert asyncio.run(run(HOG)) == (2, 16, 82)
    assert asyncio.run(run("address:192.0.2.1")) == (3, 48, 49)
    settings.PARLEY = {"inside_per_key": 0}
    for key in (HOG, "address:192.0.2.1"):
        assert asyncio.run(run(key)) == (6, 64, 30)


def test_in_a_full_queue_the_last_of_whoever_waits_most_makes_room(settings: Any) -> None:
    settings.PARLEY = {"queue": 20}

    async def run() -> tuple[list[str], int]:
        queue = Queue()
        for key in ("a", "b", "c"):
            await queue.come(key, 2)
        await queue.come("a", 12)
        await queue.come("b", 8)
        assert queue.away == []
        await queue.come(OTHER, 3)
        assert queue.away == ["a"] * 3
        await queue.come("b", 2)  # eight of it wait, nine of the other: nobody has to leave for that
        found = queue.away[3:], queue.gate.waiting
        await queue.end()
        return found

    assert asyncio.run(run()) == (["b", "b"], 20)
    settings.PARLEY |= {"inside_per_key": 0}
    with pytest.raises(AssertionError):
        asyncio.run(run())


def test_programs_come_last_whosever_turn_it_is(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 4}

    async def run() -> tuple[list[str], list[str]]:
        queue = Queue()
        await queue.come("first")
        await queue.come(OTHER, 4, by_program=True)
        await queue.come(HOG, 3)
        await queue.done(times=4)
        await queue.end()
        return queue.order[1:], queue.away

    assert asyncio.run(run()) == ([HOG] * 3 + [OTHER], [OTHER] * 3)


def test_programs_go_round_the_keys_as_well(settings: Any) -> None:
    settings.PARLEY = WIDE

    async def run() -> list[str]:
        queue = Queue()
        await queue.come(HOG, 20, by_program=True)
        await queue.come(OTHER, by_program=True)
        await queue.done(times=3)
        await queue.end()
        return queue.order

    assert asyncio.run(run()) == [HOG, HOG, OTHER, HOG]


def test_who_gives_up_leaves_nothing_behind() -> None:
    async def run() -> Queue:
        queue = Queue()
        await queue.come(HOG, 10)
        await queue.end()
        await queue.done(times=2)
        await queue.come(OTHER, 1)
        await queue.done(OTHER)
        return queue

    queue = asyncio.run(run())
    assert queue.gate.waiting == queue.gate._inside == 0
    assert not queue.gate._people.queues
    assert not queue.gate._people.inside


def test_a_person_is_a_key_and_who_is_not_proven_an_address() -> None:
    proven = {"cookie": f"sessionid=k; who={make_who(7, 'k')}"}
    assert Asked(scope_of("/", **proven)).queues_as == "user:7"
    assert Asked(scope_of("/")).queues_as == "address:192.0.2.1"
    assert Asked(scope_of("/healthz", **proven)).queues_as == "address:192.0.2.1|health"
