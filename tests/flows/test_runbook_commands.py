"""Every command of every runbook is run, on the data of a server where a tester was really rolled back."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

import pytest

from safeguards.stages import LADDER
from tests.support.runbooks import COMMANDS, FOLDER, SCRIPT, Done, commands, quoted
from tests.support.server import Server, until
from tests.support.visitor import Visitor

pytestmark = pytest.mark.flow
# What is not run here, and why. docs/safeguards.md says so, too.
NOT_RUN = {
    "ss -tn state established '( sport = :8000 )'": "a program of the system, which reads the sockets of the whole host",
    "python manage.py baseline record": "starts a server of its own for a minute",
}
TESTERS = ("demo-participant", "demo-facilitator")  # the first breaks a contract
SCENE = f"""
from safeguards import rollout
from safeguards.rollout import baselines
baselines.keep({{"page_ms": {{"low": 10, "mid": 1000, "high": 2000}}}})
rollout.off("live_board", actor="test")
for name in {TESTERS}:
    rollout.add("live_board", name, actor="test", reason="runbooks")
"""
LOADS = 50  # of a page, for nobody's gesture, at most: three break the contract, and soon they are refused


class House(NamedTuple):
    """A server with the incident, what it says in place of FLAG, USERNAME and BAG, and how each command went."""

    server: Server
    places: dict[str, str]
    done: dict[tuple[str, str], Done]  # rule and command -> how it went


def typed(rule: str) -> list[str]:
    """In the order of the page: confirm, stop, keep, undo."""
    left_out = {name.partition("manage.py ")[2] for name in NOT_RUN}
    return [command for command in commands((FOLDER / f"{rule}.md").read_text()) if command not in left_out]


# A tester first has it again, then others are held up by the test.
RULES = sorted(
    (file.stem for file in FOLDER.glob("*.md")), key=lambda rule: (not rule.startswith("rollback"), rule)
)
EACH = [(rule, command) for rule in RULES for command in typed(rule)]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    server = Server()
    try:
        server.manage("shell", "-v0", "-c", SCENE)
        told = roll_back(server, Visitor(server, TESTERS[0]))
        places = {"FLAG": told["feature"], "USERNAME": told["person"], "BAG": sealed(server)}
        filled = [" ".join(places.get(word, word) for word in command.split(" ")) for _rule, command in EACH]
        server.environment |= {COMMANDS: json.dumps(filled)}
        said = json.loads(server.manage("shell", "-v0", "-c", SCRIPT).splitlines()[-1])
        yield House(server, places, dict(zip(EACH, [Done(*each) for each in said], strict=True)))
    finally:
        server.stop()


def roll_back(server: Server, visitor: Visitor) -> dict[str, str]:
    """The tester's page asks again and again by itself, until it is refused; the judge takes the feature from them."""
    reader = until(
        lambda: (opened := visitor.stream()).status == 200 and opened, 20, "the tester is live", 1.0
    )
    with pytest.raises(HTTPError, match="429"):
        for _load in range(LOADS):
            visitor.load(f"/boards/{visitor.slug}/", **{"Sec-Fetch-Dest": "empty"})
    (file,) = until(
        lambda: list((server.folder / "incidents").glob("*-rollback.live_board.json")),
        15,
        "the rollback is on file",
    )
    reader.close()
    entry: dict[str, str] = json.loads(file.read_text())["timeline"][0]
    return entry


def sealed(server: Server) -> str:
    """The name of the bag that came with it."""
    bags: Path = server.folder / "bags"
    (bag,) = until(lambda: [one for one in bags.glob("*-rollback") if one.is_dir()][:1], 20, "the bag")
    return str(bag.name)


def says(key: str, value: object) -> Callable[[Done, House], bool]:
    return lambda done, _house: json.loads(done.out)[key] == value


def is_sealed(done: Done, house: House) -> bool:
    bag = Path(done.out)
    return bag.parent == house.server.folder / "bags" and (bag / "manifest-sha256.txt").exists()


def lists_the_flag(done: Done, house: House) -> bool:
    lines = done.out.splitlines()
    return len(lines) > 1 and all(house.places["FLAG"] in line for line in lines)


def is_lower(done: Done, house: House) -> bool:
    """Than the stage that the same page had its reader confirm."""
    rule = next(rule for (rule, _command), known in house.done.items() if known is done)
    before = json.loads(house.done[rule, "rollout status FLAG"].out)["stage"]
    return LADDER.index(json.loads(done.out)["stage"]) < LADDER.index(before)


# What each says when it has done what it is there for.
SAYS: dict[str, Callable[[Done, House], bool]] = {
    "kill on": says("killed", True),
    "kill off": says("killed", False),
    "kill status": lambda done, _house: "killed" in json.loads(done.out),
    "bag seal": is_sealed,
    "audit verify": lambda done, _house: bool(
        re.fullmatch(r"The audit trail is whole: \d+ entries\. Mark: \d+:[0-9a-f]*", done.out)
    ),
    "audit list": lists_the_flag,
    "bag restore": lambda done, house: house.places["FLAG"] in done.out,
    "baseline show": lambda done, _house: json.loads(done.out)["figures"]["page_ms"]["mid"] == 1000,
    "rollout status": lambda done, house: house.places["FLAG"] == json.loads(done.out)["flag"],
    "rollout rollback": is_lower,
    "rollout off": says("stage", "off"),
    "rollout add": lambda done, house: house.places["USERNAME"] in json.loads(done.out)["testers"],
}


@pytest.mark.parametrize(("rule", "command"), EACH)
def test_it_does_what_the_runbook_says(house: House, rule: str, command: str) -> None:
    done = house.done[rule, command]
    assert (done.code, done.error) == (0, "")
    assert SAYS[" ".join(shlex.split(command)[:2])](done, house), done.out


@pytest.mark.parametrize("rule", RULES)
def test_the_figures_it_looks_for_are_told(house: House, rule: str) -> None:
    for line in quoted((FOLDER / f"{rule}.md").read_text()):
        asked, pipe, filters = line.partition(" | ")
        if asked == "curl -s http://127.0.0.1:8000/metrics":
            status, told = house.server.get("/metrics")
            assert status == 200
            assert pipe
            assert subprocess.run(shlex.split(filters), input=told, capture_output=True).returncode == 0, line


def test_nothing_that_can_be_typed_is_left_out() -> None:
    for rule in RULES:
        for line in quoted((FOLDER / f"{rule}.md").read_text()):
            assert line.startswith(
                ("python manage.py ", "curl -s http://127.0.0.1:8000/metrics | grep ")
            ) or (line in NOT_RUN), line


def test_what_is_not_run_is_told() -> None:
    told = " ".join((FOLDER.parent / "safeguards.md").read_text().split())
    everything = [line for rule in RULES for line in quoted((FOLDER / f"{rule}.md").read_text())]
    for line, why in NOT_RUN.items():
        assert line in everything
        assert why in told


@pytest.mark.drill
def test_a_baseline_is_recorded(house: House) -> None:
    said = json.loads(house.server.manage("baseline", "record", "--seconds", "2"))
    assert said["figures"]["page_ms"]["mid"] > 0
