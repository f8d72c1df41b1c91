"""In what the code that runs differs from the commit that it says it is."""

import subprocess
import threading
from dataclasses import dataclass

from safeguards.bags.parts import MOST
from safeguards.rollout.baselines import ROOT

SECONDS = 2.0  # for each question to git
LINE = 2000  # characters; a longer one is nobody's code, and would take long to clean
PART = "differences.txt"
NONE = "There are none: the files are those of the commit.\n"


@dataclass(frozen=True, slots=True)
class Differences:
    """`text`: for the bag; `why`: why they are not known, in a sentence; both empty where there are none."""

    text: str = ""
    why: str = ""
    is_cut: bool = False


class _Unknown(Exception):
    """git gave no answer; the message says why."""


def differences() -> Differences:
    """Which files, then the differences themselves. Files that git does not know are only named."""
    if not (ROOT / ".git").exists():
        return Differences(why="This server was installed without its repository.")
    try:
        new, _is_cut = _git("ls-files", "--others", "--exclude-standard")
        changes, is_cut = _git("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat", "-p", "HEAD")
    except _Unknown as error:
        return Differences(why=str(error))
    named = "".join(f"new, and only named here: {name}\n" for name in new.splitlines())
    return Differences(named + _short(changes), is_cut=is_cut)


def _short(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(
        line if len(line) <= LINE else f"[a line of {len(line)} characters is left out]\n" for line in lines
    )


def _git(*words: str) -> tuple[str, bool]:
    """What it says, and whether that is only the beginning: whole lines, so that no secret is halved. Raises _Unknown."""
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(ROOT), *words]
    most = MOST[PART]
    try:
        asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise _Unknown("git is not installed here.") from error
    late = threading.Timer(SECONDS, asked.kill)
    late.start()
    with asked:
        said = asked.stdout.read(most + 1) if asked.stdout else b""
        if is_cut := len(said) > most:
            asked.kill()
    late.cancel()
    if asked.returncode and not is_cut:
        late_or_not = "did not answer in time" if asked.returncode < 0 else "cannot read its repository"
        raise _Unknown(f"git {late_or_not}.")
    whole = said[: said.rfind(b"\n") + 1] if is_cut else said
    return whole.decode("utf-8", "replace"), is_cut
