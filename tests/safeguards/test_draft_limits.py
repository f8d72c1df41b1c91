"""Drafts have limits of their own: whoever types never uses up what saying it needs."""

from typing import Any

from safeguards import admission
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.kernel.decision import Decision
from tests.safeguards.conftest import Clock
from tests.safeguards.test_admission import admitted, person


def draft(user_id: int = 1, method: str = "PUT") -> Any:
    return person(user_id, path="/boards/x/drafts/session/", method=method)


def test_twenty_at_once_and_one_a_second_per_person(clock: Clock) -> None:
    assert admitted(draft(), 50) == 20
    clock.forward(5)
    assert admitted(draft(method="DELETE"), 50) == 5


def test_a_flood_of_drafts_leaves_the_writes_alone(clock: Clock) -> None:
    assert sum(admitted(draft(user), 20) for user in range(20)) == 200
    assert admission.admit_request(Asked(draft(21))).reason == "drafts"
    assert admitted(person(1, path="/boards/x/cards/", method="POST"), 40) == 40


def test_writes_leave_the_drafts_alone(clock: Clock) -> None:
    admitted(person(1, path="/boards/x/cards/", method="POST"), 100)
    assert admitted(draft(), 20) == 20


def test_thirty_people_who_type_all_day_are_all_let_in(clock: Clock) -> None:
    refused = 0
    for _second in range(300):
        clock.forward(1)
        # Each in two fields, and out of one of them again.
        refused += sum(1 - admitted(draft(user), 1) for user in range(30) if _second % 3 == user % 3)
    assert refused == 0


def test_without_a_hand_they_are_what_a_script_asks(clock: Clock) -> None:
    scope = {**draft(), "headers": [*draft()["headers"], (b"sec-fetch-dest", b"empty")]}
    assert admitted(scope, 50) == 10


def test_they_hide_no_loop_and_one_hand_has_one() -> None:
    causes, one = Causes(), [(b"x-cause", b"one"), (b"sec-fetch-dest", b"empty")]
    for _time in range(3):
        causes.attempt(Asked({**draft(), "headers": [*draft()["headers"], *one]}))
    assert causes.own() == (0, 2)


def test_nobody_is_told_that_one_was_refused() -> None:
    told: list[Any] = []
    admission.on_refusal(tell := lambda *what: told.append(what))
    try:
        admission.refused(Asked(draft()), Decision(False, "draft", 1.0))
        assert told == []
        admission.refused(Asked(person(1, method="POST")), Decision(False, "write", 1.0))
        assert len(told) == 1
    finally:
        admission._tell.remove(tell)
