"""Every rule that acts by itself has a runbook of the same shape, and names no command that is not there."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

from board.proof.drills import DRILLS
from safeguards import judging, pressure
from safeguards.incidents.words import TITLES
from tests.support.runbooks import FOLDER, commands

ROOT = Path(__file__).resolve().parents[2]
SHAPE = [
    "What you see",
    "What the system already did",
    "Confirm in 60 seconds",
    "Stop it",
    "Keep the evidence",
    "Undo",
    "Who to tell",
]
JUDGED = {
    "blocked-loop",
    "memory",
    "cpu-spin",
}  # what the supervisor's judge may say: its record has a variable


def recorded(text: str) -> Iterator[str]:
    """Every rule that is written out as the first argument of a `record(…)`, also as the default of a `get`."""
    for node in ast.walk(ast.parse(text)) if "record(" in text else ():
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "record":
                first = node.args[0]
                for part in first.args if isinstance(first, ast.Call) else [first]:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def rules() -> set[str]:
    files = [
        path for part in ("board", "collaboration", "safeguards") for path in (ROOT / part).rglob("*.py")
    ]
    return (
        {rule for path in files for rule in recorded(path.read_text())}
        | {*pressure.RUNBOOKS.values()}
        | JUDGED
    )


RULES = rules()
ALL = RULES | {drill.rule or drill.runbook for drill in DRILLS.values()}


def wrong_shape(text: str) -> list[str]:
    """What is missing or misplaced in a runbook, in words."""
    found = re.findall(r"^## (.+)$", text, re.MULTILINE)
    said = [] if found == SHAPE else [f"its headings are {found}"]
    said += [] if re.match(r"# \S.*\n\n## ", text) else ["it does not begin with its title"]
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    return said + [
        f"{title} is empty" for title, body in zip(found, sections, strict=True) if not body.strip()
    ]


def why_not(command: str) -> str:
    """Why a quoted command could not be run as it stands; empty when it could. Nothing is run."""
    name, *arguments = shlex.split(command)
    app = get_commands().get(name)
    if app is None:
        return f"there is no command {name}"
    parser = load_command_class(app if isinstance(app, str) else app.__module__, name).create_parser(
        "manage.py", name
    )
    try:
        parser.parse_args(arguments)
    except CommandError as error:
        return str(error)
    return ""


def test_there_is_one_per_rule_and_none_for_no_rule() -> None:
    assert {"rollback", "request-loop", "overload", "rate-limit", "safeguard-blind"} <= RULES
    assert {file.stem for file in FOLDER.glob("*.md")} == ALL


def test_every_rule_has_a_title_in_words() -> None:
    assert set(TITLES) == RULES


def test_what_the_judge_says_is_known() -> None:
    assert set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', Path(judging.__file__).read_text())) == JUDGED


@pytest.mark.parametrize("rule", sorted(ALL))
def test_it_has_the_shape_and_names_real_commands(rule: str) -> None:
    text = (FOLDER / f"{rule}.md").read_text()
    assert wrong_shape(text) == []
    assert {command: why for command in commands(text) if (why := why_not(command))} == {}


def test_a_wrong_one_would_be_seen() -> None:
    assert list(
        recorded('incidents.record("one", {})\nself.record("two", {})\nrecord(R.get(x, "three"), {})')
    ) == [
        "one",
        "two",
        "three",
    ]
    good = "# Title\n\n" + "".join(f"## {title}\nText.\n\n" for title in SHAPE)
    assert wrong_shape(good) == []
    assert wrong_shape(good.replace("## Undo\nText.\n\n", "")) != []
    assert wrong_shape(good.replace("## Undo\nText.\n", "## Undo\n")) == ["Undo is empty"]
    assert wrong_shape(good.replace("# Title\n", "")) != []
    assert commands("Run `python manage.py rollout status|off FLAG`.") == [
        "rollout status FLAG",
        "rollout off FLAG",
    ]
    for wrong in ("nothing", "kill up", "rollout status FLAG --unknown", "audit", "audit check"):
        assert why_not(wrong) != ""
    assert why_not("audit verify") == why_not("kill on --reason 'x y'") == ""
