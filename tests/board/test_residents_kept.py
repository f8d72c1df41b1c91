"""What residents take back leaves an incident and a bag that know each other, though nobody else has written yet."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from board.residents import life
from safeguards import bags, incidents
from safeguards.bags import form
from safeguards.incidents import files
from safeguards.models import Incident
from safeguards.rollout import residents, residents_rule
from tests.support.cast import Cast
from tests.support.staged import begin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    incidents.reset()
    yield
    incidents.reset()


class Over(BaseException):
    pass


class Harmed:
    """Who finds at the first turn that a test harms them."""

    tenants = ("somebody",)

    def __init__(self, *_address: Any) -> None:
        pass

    def turn(self) -> float:
        residents_rule.roll_back(residents.watched(), "slow", {"median_ms": 300.0}, 91.0)
        return 0.0


def once(_seconds: float) -> None:
    raise Over


def test_the_bag_names_its_incident_and_the_incident_its_bag(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    monkeypatch.setattr(life, "Life", Harmed)
    monkeypatch.setattr(life, "time", SimpleNamespace(sleep=once))
    with pytest.raises(Over):
        life.live("127.0.0.1", 1)
    bags.finish()
    (bag,), incident = bags.every(), Incident.objects.get(rule="canary-residents")
    assert form.info(bag.path)["Incident-Evidence"] == incident.evidence != ""
    assert (incident.bag, bags.bags_of(incident)) == (bag.name, [bag.name])


def test_it_waits_for_the_incident_that_another_thread_has_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, real = threading.Event(), threading.Event(), files._write

    def write(*noted: Any) -> None:
        begun.set()
        goes_on.wait(30)
        real(*noted)

    monkeypatch.setattr(files, "_write", write)
    incidents.record("canary-residents", {"feature": "live_board"})
    other = threading.Thread(target=files.flush)
    other.start()
    begun.wait(30)
    threading.Timer(0.2, goes_on.set).start()
    files.flush()
    assert len(incidents.recent()) == 1
    other.join()
