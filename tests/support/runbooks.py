"""What a runbook tells people to type, and a way to run it in a process that has the server's data."""

import json
import os
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import call_command
from django.core.management.base import CommandError

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
SCRIPT = "from tests.support.runbooks import play; play()"  # for `manage.py shell`
COMMANDS = "RUNBOOK_COMMANDS"


class Done(NamedTuple):
    code: int
    out: str
    error: str


def quoted(text: str) -> list[str]:
    """Each piece of code with a blank in it: what can be typed."""
    return [code for code in re.findall(r"`([^`]+)`", text) if " " in code]


def commands(text: str) -> list[str]:
    """Each `manage.py …` that is quoted; `a|b|c` as three."""
    made = []
    for code in quoted(text):
        if "manage.py" not in code:
            continue
        words = shlex.split(code.partition("manage.py")[2])
        for action in words[1].split("|") if len(words) > 1 else [""]:
            made.append(shlex.join([words[0], *([action] if action else []), *words[2:]]))
    return made


def play() -> None:
    """Run what the environment names, one after the other as it is typed, and print how each went."""
    print(json.dumps([run(command) for command in json.loads(os.environ[COMMANDS])]))


def run(command: str) -> Done:
    name, *arguments = shlex.split(command)
    out, error = StringIO(), StringIO()
    code: Any = 0
    try:
        call_command(name, *arguments, stdout=out, stderr=error)
    except CommandError as refused:
        code = refused.returncode
        error.write(str(refused))
    except SystemExit as left:
        code = left.code or 0
    return Done(code, out.getvalue().strip(), error.getvalue().strip())
