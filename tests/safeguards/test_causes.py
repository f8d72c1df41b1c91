"""R: requests caused per request, and who causes them."""

from typing import Any

import pytest

from safeguards import causes as module
from safeguards import counting
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.identity import browser_key, make_who
from tests.safeguards.asgi import scope_of


class Held(Causes):
    def __init__(self) -> None:
        self.at = 1000.0
        super().__init__(lambda: self.at)

    def ask(
        self, times: int = 1, user: int = 1, path: str = "/boards/x/", method: str = "GET", **headers: str
    ) -> None:
        cookie = f"sessionid=key{user}; who={make_who(user, f'key{user}')}; browser=browser-{user}"
        for _ in range(times):
            self.attempt(Asked(scope_of(path, method, cookie=cookie, **headers)))


SCRIPT = {"sec_fetch_dest": "empty"}


def gestures(held: Held, count: int, user: int = 1) -> None:
    for number in range(count):
        held.ask(
            user=user, path="/boards/x/cards/", method="POST", x_cause=f"g{user}-{number}-{held.at}", **SCRIPT
        )


def test_every_gesture_once_is_no_loop() -> None:
    held = Held()
    held.opened("browser-1")
    gestures(held, 30)
    assert held.r() == (0.0, 30)


def test_polling_by_script_with_an_open_stream_is_caused_by_nobody() -> None:
    held = Held()
    gestures(held, 10)
    held.ask(20, **SCRIPT)
    assert held.r() == (0.0, 10)  # no stream is open: not a live page
    held.opened("browser-1")
    held.ask(20, **SCRIPT)
    assert held.r() == (2.0, 10)
    assert held.top(1) == [(("user:1", "browser-1", "read"), 20)]


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_dest": "document"}, {}, {"sec_fetch_dest": "empty", "path": "/static/x.js"}]
)
def test_navigations_forms_and_static_files_never_count(headers: dict[str, Any]) -> None:
    held = Held()
    held.opened("browser-1")
    held.ask(50, **headers)
    assert held.r() == (0.0, 0)


def test_who_has_no_account_accuses_and_excuses_nobody() -> None:
    held = Held()
    gestures(held, 10)
    for number in range(40):
        stranger = {"x_caused_by": "0a1b2c3d-7"} if number % 2 else {"x_cause": f"g{number}"}
        held.attempt(Asked(scope_of("/healthz/x", cookie="browser=browser-9", **stranger)))
    assert held.r() == (0.0, 10)
    assert held.top() == []


def test_the_same_gesture_again_and_reactions_to_events_are_caused() -> None:
    held = Held()
    held.ask(4, path="/boards/x/cards/", method="POST", x_cause="one")
    held.ask(3, path="/boards/x/cards/", method="POST", x_caused_by="0a1b2c3d-7")
    assert held.r() == (6.0, 1)
    assert {talker[2] for talker, _count in held.top()} == {"gesture", "event"}


def test_streams_are_causes_and_pulses_are_neither() -> None:
    held = Held()
    held.opened("browser-1")
    held.ask(2, path="/boards/x/stream/", **SCRIPT)
    held.ask(50, path="/boards/x/pulse/", method="POST", x_cause="p", **SCRIPT)
    held.ask(5, path="/boards/x/pulse/", method="POST", **SCRIPT)
    assert held.r()[1] == 2


def test_after_ten_seconds_it_is_forgotten() -> None:
    held = Held()
    gestures(held, 10)
    held.at += 9
    assert held.r()[1] == 10
    held.at += 1
    assert held.r()[1] == 0
    held.ask(1, path="/boards/x/cards/", method="POST", x_cause="g1-0-1000.0")
    assert held.r() == (0.0, 1)


def test_people_already_dealt_with_are_left_out() -> None:
    held = Held()
    gestures(held, 10)
    for user in (1, 2):
        held.opened(f"browser-{user}")
        held.ask(10, user=user, **SCRIPT)
    assert held.r(lambda person, browser: person == "user:1") == (1.0, 10)
    assert held.talkers(1)[0][1]["read"] == 10


def test_a_browser_without_its_last_stream_is_no_live_page() -> None:
    held = Held()
    held.opened("browser-1")
    held.opened("browser-1")
    held.closed("browser-1")
    held.ask(1, **SCRIPT)
    held.closed("browser-1")
    held.ask(5, **SCRIPT)
    assert held.top() == [(("user:1", "browser-1", "read"), 1)]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "TALKERS", 5)
    monkeypatch.setattr(counting, "GESTURES", 5)
    held = Held()
    for user in range(20):
        held.opened(f"browser-{user}")
        held.ask(user=user, **SCRIPT)
        gestures(held, 1, user=user)
    assert len(held.top(100)) == 6
    assert held.top(1) == [(counting.OTHERS, 15)]
    assert len(held._gestures) <= 5


@pytest.mark.parametrize(
    ("caused", "causes", "r"),
    [
        (8, 0, 0.8),  # nobody's hand, and nearly nothing
        (8, 1, 0.8),
        (8, 9, 0.8),
        (500, 1, 50.0),  # a bomb on a quiet board: one cause, and hundreds that follow
        (500, 0, 50.0),
        (30, 10, 3.0),
        (30, 60, 0.5),
    ],
)
def test_fewer_than_ten_causes_count_as_ten(
    caused: int, causes: int, r: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr(module, "causes", held)
    held.opened("browser-1")
    held.ask(caused, **SCRIPT)
    gestures(held, causes, user=2)
    assert module.report(lambda person, browser: False) == pytest.approx(r)


def test_a_stream_in_another_process_counts_as_well_until_it_is_told_no_more() -> None:
    held = Held()
    gestures(held, 10)
    held.opened_elsewhere([browser_key("browser-1")])
    held.ask(20, **SCRIPT)
    assert held.r() == (2.0, 10)
    held.at += counting.ELSEWHERE_SECONDS
    held.ask(20, **SCRIPT)
    assert held.own() == (0, 0)


def test_other_processes_are_told_of_browsers_by_their_keys() -> None:
    held = Held()
    held.opened("browser-1")
    assert held.browsers() == [browser_key("browser-1")] == list(held.opens())


def test_what_all_processes_count_is_one_figure() -> None:
    held = Held()
    gestures(held, 4)
    held.peers = module.Peers(causes=12, caused=16, processes=4)
    assert held.own() == (4, 0)
    assert held.r() == (1.0, 16)


def test_a_gesture_that_another_process_has_seen_is_no_cause() -> None:
    held, cookie = Held(), f"sessionid=k; who={make_who(1, 'k')}; browser=browser-1"
    asked = Asked(scope_of("/boards/x/cards/", "POST", cookie=cookie, x_cause="g-1", **SCRIPT))
    held.attempt(asked)
    assert held.own() == (1, 0)
    for _ in range(2):
        held.repeated(asked)
    assert held.own() == (0, 1)


def test_each_persons_repeats_stand_against_causes_of_their_own() -> None:
    held = Held()
    gestures(held, 20, user=2)
    held.ask(4, path="/boards/x/cards/", method="POST", x_cause="one")
    held.ask(1, path="/boards/x/stream/")
    held.ask(3, path="/boards/x/cards/", method="POST", x_caused_by="0a1b2c3d-7")
    assert held.repeats() == {"user:1": (2, 3), "user:2": (20, 0)}
    held.at += counting.WINDOW_SECONDS
    assert held.repeats() == {}
