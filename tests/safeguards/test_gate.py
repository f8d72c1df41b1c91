"""Six are inside Django, some wait, the next are told when to come back."""

import asyncio
from typing import Any

import pytest

from safeguards import middleware
from safeguards.asked import Asked
from safeguards.gate import Gate, of_one
from safeguards.identity import make_who
from safeguards.middleware import Guard
from tests.safeguards.asgi import Answer, Echo, Slow, ask, scope_of, until


def crowd(size: int, addresses: int = 100) -> tuple[Slow, list[int]]:
    async def run() -> tuple[Slow, list[int]]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of(address=f"192.0.2.{number % addresses}") for number in range(size)]
        tasks = [asyncio.create_task(ask(guard, scope)) for scope in scopes]
        await until(lambda: app.inside + guard.gate.waiting + sum(map(asyncio.Task.done, tasks)) == size)
        app.go.set()
        return app, [(await task).status for task in tasks]

    return asyncio.run(run())


def test_six_are_inside_sixty_four_wait_and_the_next_gets_503() -> None:
    app, statuses = crowd(75)
    assert app.most == 6
    assert statuses.count(200) == 70
    assert statuses.count(503) == 5


def test_one_address_has_half_of_the_places_and_not_the_whole_queue() -> None:
    app, statuses = crowd(75, addresses=1)
    assert app.most == 3
    assert statuses.count(200) == 51
    assert statuses.count(503) == 24


def test_off_everybody_is_inside_at_once(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 10_000}
    app, statuses = crowd(75)
    assert app.most == 75


def test_who_waits_too_long_gets_503_with_a_time_to_come_back(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue_seconds": 0.05}

    async def run() -> Answer:
        app = Slow()
        guard = Guard(app)
        first = asyncio.create_task(ask(guard, scope_of("/")))
        await until(lambda: app.inside)
        second = await ask(guard, scope_of("/"))
        app.go.set()
        await first
        assert (await ask(guard, scope_of("/"))).status == 200  # the place was given back
        return second

    answer = asyncio.run(run())
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1


BY_PROGRAM = {"sec-fetch-dest": "empty"}


def behind(programs: int, says: dict[str, str] = BY_PROGRAM) -> tuple[list[str], dict[str, list[int]]]:
    """One inside, programs waiting, then two people; who was let in after the first, and the answers."""
    order: list[str] = []

    async def run() -> dict[str, list[int]]:
        app = Slow()

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            order.append(scope["path"])
            await app(scope, receive, send)

        guard = Guard(noted)
        tasks: dict[str, list[asyncio.Task[Answer]]] = {"first": [], "program": [], "person": []}

        async def comes(who: str, **headers: str) -> None:
            count = sum(map(len, tasks.values()))
            tasks[who].append(asyncio.create_task(ask(guard, scope_of(f"/{who}", **headers))))
            await until(
                lambda: (
                    app.inside + guard.gate.waiting + sum(t.done() for some in tasks.values() for t in some)
                    > count
                )
            )

        await comes("first")
        for _ in range(programs):
            await comes("program", **says)
        for _ in range(2):
            await comes("person")
        app.go.set()
        return {who: [(await task).status for task in some] for who, some in tasks.items()}

    statuses = asyncio.run(run())
    return order[1:], statuses


def test_what_people_do_goes_before_what_programs_send(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}
    order, statuses = behind(programs=3)
    assert statuses == {"first": [200], "program": [200] * 3, "person": [200] * 2}
    assert order == ["/person"] * 2 + ["/program"] * 3


def test_programs_do_not_crowd_people_out(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3, "slowed": 0}
    order, statuses = behind(programs=4)
    assert statuses == {"first": [200], "program": [200, 503, 503, 503], "person": [200] * 2}
    assert order == ["/person"] * 2 + ["/program"]


def test_programs_have_one_of_the_places() -> None:
    async def run() -> tuple[int, list[int]]:
        app = Slow()
        guard = Guard(app)
        programs = [asyncio.create_task(ask(guard, scope_of("/", **BY_PROGRAM))) for _ in range(5)]
        await until(lambda: app.inside + guard.gate.waiting == 5)
        inside = app.inside
        people = [asyncio.create_task(ask(guard, scope_of(address=f"192.0.2.{n}"))) for n in range(4)]
        await until(lambda: app.inside == 5)  # past the programs that wait
        app.go.set()
        return inside, [(await task).status for task in programs + people]

    inside, statuses = asyncio.run(run())
    assert inside == 1
    assert statuses == [200] * 9


def slowed(says: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long those were kept that found the queue full."""
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware, "pause", noted)
    assert behind(programs=4, says=says)[1]["person"][-1] in {200, 503}
    return waits


def test_a_program_that_is_turned_away_waits_for_its_answer_and_people_do_not(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3}
    assert slowed(BY_PROGRAM, monkeypatch) == [middleware.SLOWED_SECONDS] * 3
    assert slowed({}, monkeypatch) == []
    settings.PARLEY |= {"slowed": 0}
    assert slowed(BY_PROGRAM, monkeypatch) == []


def test_off_they_do(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1, "queue": 3}
    _order, statuses = behind(programs=4, says={})
    assert statuses == {"first": [200], "program": [200] * 3 + [503], "person": [503] * 2}


def test_a_place_is_given_back_when_a_waiting_client_leaves(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}

    async def run() -> Answer:
        app = Slow()
        guard = Guard(app)
        first, second = (asyncio.create_task(ask(guard, scope_of("/"))) for _ in range(2))
        await until(lambda: app.inside and guard.gate.waiting)
        app.go.set()
        second.cancel()
        await first
        return await ask(guard, scope_of("/"))

    assert asyncio.run(run()).status == 200


def test_a_slow_reader_does_not_keep_others_out(settings: Any) -> None:
    settings.PARLEY = {"inside_django": 1}

    async def run() -> Answer:
        guard, never = Guard(Echo()), asyncio.Event()

        async def stuck(message: Any) -> None:
            await never.wait()

        async def nothing() -> Any:
            return {"type": "http.request", "body": b""}

        reader = asyncio.create_task(guard(scope_of("/"), nothing, stuck))
        await until(lambda: not guard.gate._inside)
        answer = await ask(guard, scope_of("/"))
        reader.cancel()
        return answer

    assert asyncio.run(run()).status == 200


def among_sign_ins(addresses: int, path: str = "/accounts/login/") -> tuple[int, int, list[int]]:
    """Wrong passwords over twelve connections: how many are inside; how many with two readers; their answers."""

    async def run() -> tuple[int, int, list[int]]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of(path, "POST", f"192.0.2.{number % addresses}") for number in range(12)]
        signing_in = [asyncio.create_task(ask(guard, scope)) for scope in scopes]

        def all_came() -> bool:
            waiting = guard.sign_ins.waiting + guard.gate.waiting
            return app.inside + waiting + sum(map(asyncio.Task.done, tasks)) == len(tasks)

        tasks = signing_in
        await until(all_came)
        hashing = app.inside
        readers = [asyncio.create_task(ask(guard, scope_of("/", address=f"198.51.100.{n}"))) for n in (1, 2)]
        tasks = signing_in + readers
        await until(all_came)
        inside = app.inside
        app.go.set()
        return hashing, inside, [(await task).status for task in tasks]

    return asyncio.run(run())


def test_sign_ins_have_two_of_the_places_and_an_address_has_one_of_them() -> None:
    assert among_sign_ins(addresses=1) == (1, 3, [200] * 14)
    assert among_sign_ins(addresses=6) == (2, 4, [200] * 14)
    assert among_sign_ins(6, "/account/password/") == (2, 4, [200] * 14)
    assert among_sign_ins(6, "/admin/login/") == (2, 4, [200] * 14)


def test_off_sign_ins_take_all_places(settings: Any) -> None:
    settings.PARLEY = {"inside_sign_ins": 100, "sign_ins_per_address": 0, "queue_seconds": 0.05}
    hashing, inside, _statuses = among_sign_ins(addresses=6)
    assert (hashing, inside) == (6, 6)


def test_a_sign_in_that_finds_its_queue_full_is_told_when_to_come_back(settings: Any) -> None:
    settings.PARLEY = {"sign_in_queue_per_address": 3}

    async def run() -> list[Answer]:
        app = Slow()
        guard = Guard(app)
        scopes = [scope_of("/accounts/login/", "POST", accept="text/html") for _ in range(6)]
        tasks = [asyncio.create_task(ask(guard, scope)) for scope in scopes]
        await until(lambda: sum(map(asyncio.Task.done, tasks)) == 2)
        other = asyncio.create_task(ask(guard, scope_of("/accounts/login/", "POST", "198.51.100.1")))
        await until(lambda: app.inside == 2)
        app.go.set()
        return [await task for task in [*tasks, other]]

    answers = asyncio.run(run())
    assert [answer.status for answer in answers] == [200] * 4 + [503] * 2 + [200]
    assert answers[4].headers["retry-after"] == "2"
    assert answers[4].headers["ratelimit-policy"] == '"inside_sign_ins";q=2;w=2'


def test_a_sign_in_gives_both_places_back_before_its_answer_is_read(settings: Any) -> None:
    settings.PARLEY = {"inside_sign_ins": 1}

    async def run() -> Answer:
        guard, never = Guard(Echo()), asyncio.Event()
        reading = asyncio.Event()

        async def stuck(message: Any) -> None:
            reading.set()
            await never.wait()

        async def nothing() -> Any:
            return {"type": "http.request", "body": b""}

        reader = asyncio.create_task(guard(scope_of("/accounts/login/", "POST"), nothing, stuck))
        await reading.wait()
        answer = await ask(guard, scope_of("/accounts/login/", "POST"))
        reader.cancel()
        return answer

    assert asyncio.run(run()).status == 200


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
            await asyncio.sleep(0)

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
