"""Every test starts with no counts, a closed breaker and nothing killed; time is held by hand."""

from collections.abc import Iterator

import pytest

from safeguards import admission, breakers, incidents, kill, leases, limits, pressure
from safeguards.bags import later
from safeguards.kernel.rate_limit import SECOND
from safeguards.models import Flag

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
    pressure.reset()
    incidents.reset()
    later.reset()
    kill.forget()


@pytest.fixture(autouse=True)
def flags(request: pytest.FixtureRequest) -> None:
    """The flags that the migrations made; a test that flushes the database takes them away from the next one."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue(
            "db" if "transactional_db" not in request.fixturenames else "transactional_db"
        )
        for name in FLAGS:
            Flag.objects.get_or_create(name=name)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    held = Clock()
    for module in (admission, breakers, limits, pressure, leases):
        monkeypatch.setattr(module, "time", held)
    return held
