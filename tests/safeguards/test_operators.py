"""Who stops a flood shares nothing with it: neither limits nor places."""

import asyncio
from typing import Any

import pytest

from safeguards import admission, flags
from safeguards.asked import Asked
from safeguards.identity import make_who
from safeguards.middleware import Guard
from tests.safeguards.asgi import Slow, ask, scope_of, until
from tests.safeguards.conftest import Clock

CARDS, KILL, OFF = "/boards/x/cards/", "/ops/switch/", "/admin/safeguards/flag/1/change/"
ADMIN, CROWD, PEOPLE = 1000, 80, range(1, 41)


def post(path: str, user: int, method: str = "POST") -> Any:
    cookie = f"sessionid=key{user}; who={make_who(user, f'key{user}')}; browser=browser-{user}"
    return scope_of(path, method, cookie=cookie)


def admitted(scope: Any, attempts: int) -> int:
    return sum(admission.admit_request(Asked(scope)).allowed for _ in range(attempts))


@pytest.mark.parametrize("switch", [KILL, OFF])
def test_in_a_storm_of_many_peoples_writes_the_press_is_let_in_each_second(clock: Clock, switch: str) -> None:
    refused = 0
    for _second in range(30):
        refused += sum(10 - admitted(post(CARDS, user), 10) for user in PEOPLE)
        assert admitted(post(switch, ADMIN), 1) == 1
        clock.forward(1)
    assert refused > 3_000  # what they share is used up


def test_one_persons_flood_of_presses_gains_them_little_and_nobody_loses(clock: Clock) -> None:
    assert admitted(post(CARDS, 1), 1_000) == 40
    assert admitted(post(KILL, 1), 1_000) + admitted(post(OFF, 1), 1_000) == 20
    clock.forward(10)
    assert admitted(post(KILL, 1), 1_000) == 10
    assert admitted(post(KILL, ADMIN), 1) == admitted(post(CARDS, 2), 1) == 1


def test_strangers_keep_to_what_strangers_share(clock: Clock) -> None:
    addresses = [f"2001:db8:0:{n:x}::1" for n in range(80)]
    assert sum(admitted(scope_of(KILL, "POST", address=one), 10) for one in addresses) == 200
    assert sum(admitted(scope_of(CARDS, "POST", address=one), 1) for one in addresses) == 0
    assert admitted(post(KILL, ADMIN), 1) == 1


def crowded(path: str, last: Any) -> tuple[Slow, int, list[str]]:
    """So many people at once, and then one more: the answer it gets while all the others are kept waiting."""
    reached: list[str] = []

    async def run() -> tuple[Slow, int, list[str]]:
        app = Slow()

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            reached.append(scope["path"])
            if scope is last:
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            await app(scope, receive, send)

        guard = Guard(noted)
        tasks = [asyncio.create_task(ask(guard, post(path, user))) for user in range(1, CROWD + 1)]
        gates = (guard.gate, guard.operators)
        await until(
            lambda: (
                app.inside + sum(gate.waiting for gate in gates) + sum(map(asyncio.Task.done, tasks)) == CROWD
            )
        )
        answer = await ask(guard, last)
        app.go.set()
        await asyncio.gather(*tasks)
        return app, answer.status, reached

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def known_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no database here to read them from."""
    monkeypatch.setattr(flags, "_ensure_loaded", lambda: None)


def test_when_all_places_and_the_queue_are_full_the_press_goes_through() -> None:
    assert crowded(CARDS, post(KILL, ADMIN))[1] == 200
    assert crowded(CARDS, post(CARDS, ADMIN))[1] == 503  # as all others are refused
    assert crowded(CARDS, scope_of(KILL, "POST"))[1] == 503  # a stranger


@pytest.mark.parametrize("page", ["/ops/", "/ops/incidents/x/", "/ops/runbooks/overload/", OFF])
def test_the_page_with_the_switch_opens_as_well(page: str) -> None:
    assert crowded(CARDS, post(page, ADMIN, "GET"))[1] == 200
    assert crowded(CARDS, scope_of(page))[1] == 503  # a stranger


@pytest.mark.parametrize("page", ["/ops/bags/", "/ops/stream/", "/boards/x/", "/admin/board/board/"])
def test_other_pages_wait_as_all_do(page: str) -> None:
    assert not Asked(post(page, ADMIN, "GET")).operates


def test_people_who_press_without_end_take_two_places_of_nobody() -> None:
    app, status, reached = crowded(KILL, post(CARDS, ADMIN))
    assert (app.most, status, reached.index(CARDS)) == (2, 200, 2)
