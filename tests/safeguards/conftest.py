"""Every test starts with no counts, a closed breaker and nothing killed; time is held by hand."""

from collections.abc import Iterator

import pytest
from django.test import Client

from safeguards import (
    admission,
    breakers,
    flags,
    incidents,
    kill,
    leases,
    limits,
    openings,
    pressure,
    rollout,
)
from safeguards.bags import later
from safeguards.causes import causes
from safeguards.kernel.rate_limit import SECOND
from safeguards.models import Flag
from safeguards.resources import gauges
from safeguards.rollout import baselines, contracts, observing
from tests.support.cast import Cast, person

FLAGS = ("live_board", "live_presence", "live_cursors")


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.ns = 1_000 * SECOND

    def monotonic_ns(self) -> int:
        return self.ns

    def monotonic(self) -> float:
        return self.ns / SECOND

    def forward(self, seconds: float) -> None:
        self.ns += round(seconds * SECOND)


def forget() -> None:
    admission.reset()
    breakers.reset()
    openings.reset()
    pressure.reset()
    incidents.reset()
    later.reset()
    kill.forget()


@pytest.fixture(autouse=True)
def flag_rows(request: pytest.FixtureRequest) -> None:
    """The flags that the migrations made; a test that flushes the database takes them away from the next one."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue(
            "db" if "transactional_db" not in request.fixturenames else "transactional_db"
        )
        there = Flag.objects.filter(name__in=FLAGS).values_list("name", flat=True)
        for name in {*FLAGS} - {*there}:
            Flag.objects.create(name=name)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def forgotten_flags(db: None) -> Iterator[None]:
    """No flag is remembered as a test before left it, and none for the next one."""
    flags.forget()
    yield
    flags.forget()


@pytest.fixture
def tested(db: None, cast: Cast) -> Iterator[None]:
    """The owner and the observer test the live board, and nothing has been found of them."""
    baselines.keep({})
    for name in ("owner", "observer"):
        rollout.add(FLAGS[0], name, actor="admin", reason="a test", consented=True)
    find_nothing()
    flags.refresh()
    yield
    find_nothing()
    flags.forget()


def find_nothing() -> None:
    contracts.reset()
    observing.reset()
    causes.__init__()  # all modules hold this one object
    for pair in flags.withheld():
        flags.give_back(*pair)
    gauges.report("loop_lag_ms", 0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    for module in (admission, breakers, limits, pressure, leases):
        monkeypatch.setattr(module, "time", held)
    return held


@pytest.fixture
def admin(db: None) -> Client:
    """Somebody who may do everything in the admin, signed in."""
    user = person("admin")
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client
