"""Pulses have limits of their own: nobody's cursor uses up what writes need."""

from typing import Any

from safeguards import admission
from safeguards.asked import Asked
from tests.safeguards.conftest import Clock
from tests.safeguards.test_admission import admitted, person


def pulse(user_id: int = 1) -> Any:
    return person(user_id, path="/boards/x/pulse/", method="POST")


def test_ten_a_second_per_person(clock: Clock) -> None:
    assert admitted(pulse(), 100) == 20
    clock.forward(1)
    assert admitted(pulse(), 100) == 10


def test_everybodys_pulses_together_leave_the_writes_alone(clock: Clock) -> None:
    assert sum(admitted(pulse(user), 20) for user in range(100)) == 400
    assert admission.admit_request(Asked(pulse(101))).reason == "pulses"
    assert admitted(person(102, path="/boards/x/cards/", method="POST"), 40) == 40


def test_thirty_people_who_move_at_once_are_all_let_in(clock: Clock) -> None:
    refused = 0
    for _tenth in range(600):
        clock.forward(0.1)
        refused += sum(1 - admitted(pulse(user), 1) for user in range(30))
    assert refused == 0
