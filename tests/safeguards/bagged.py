"""What the tests of bags share: a folder of their own, what stands for a bag, and a loop that was just counted."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from safeguards import causes as causes_module
from safeguards.asked import Asked
from safeguards.bags import Window, collecting, facts, form, later, sealing, store
from safeguards.bags.witnessing import Witness
from safeguards.causes import Causes
from safeguards.identity import make_who
from tests.safeguards.asgi import scope_of

SCRIPT = {"sec_fetch_dest": "empty"}
Come = Callable[[], Witness]


@pytest.fixture
def bag_home(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Bags are sealed in a folder of the test, and none is awaited."""
    settings.DATA_DIR = tmp_path
    later.reset()
    yield
    later.reset()


@pytest.fixture
def bag_folder(bag_home: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides, nobody adds to a bag here, and nothing was counted."""
    monkeypatch.setattr(collecting, "_collectors", {})
    for module in (causes_module, facts):
        monkeypatch.setattr(module, "causes", Causes())


@pytest.fixture
def come() -> Iterator[Come]:
    """Makes a process that serves."""
    here: list[Witness] = []

    def make() -> Witness:
        here.append(Witness())
        here[-1].look()
        return here[-1]

    yield make
    for one in here:
        one.leave()


@pytest.fixture
def bag_with_events(bag_folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides, a room above tells of three events."""
    monkeypatch.setattr(collecting, "_collectors", {"events": events_of(3)})


def ask(causes: Causes, times: int, user: int = 1, **headers: str) -> None:
    cookie = f"sessionid=key{user}; who={make_who(user, f'key{user}')}; browser=browser-{user}"
    for _ in range(times):
        causes.attempt(Asked(scope_of("/boards/x/", "GET", cookie=cookie, **headers)))


def loop(causes: Causes, times: int = 40) -> None:
    """A page with a stream that asks by itself."""
    causes.opened("browser-1")
    ask(causes, times, **SCRIPT)


def document(bag: Path, name: str) -> Any:
    return json.loads((bag / "data" / name).read_text())


def lines(bag: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (bag / "data" / name).read_text().splitlines()]


def everything(bag: Path) -> str:
    return "\n".join(file.read_text() for file in sorted(bag.rglob("*")) if file.is_file())


def events_of(count: int, size: int = 100) -> Any:
    def collect(window: Window) -> Any:
        return ({"board": "board-x", "seq": number, "text": "x" * size} for number in range(count))

    return collect


def pretend(number: int) -> str:
    """The name of one that looks like a bag; sealing each would take its time."""
    name = f"202601{number // 24 + 1:02}T{number % 24:02}0000000000Z-made-up"
    (store.home() / name / "data").mkdir(parents=True)
    (store.home() / name / "data" / "x").write_text("x" * 1000)
    form.close(store.home() / name, [])
    return name


def exchanged(name: str) -> None:
    """As when the two minutes after are added: other figures, and another manifest."""
    with store.turn(), sealing.workshop(name) as fresh:
        for file in (store.home() / name / "data").iterdir():
            shutil.copy2(file, fresh / "data")
        (fresh / "data" / "metrics.jsonl").write_text("{}\n" * 9000)
        form.close(fresh, [])
        store.exchange(store.home() / name, fresh)
