"""Who serves on this host, and who seals a bag: DATA_DIR/run/witnesses, which any of them may have filled with anything.

`<witness>.here` is locked as long as the witness lives: the system lets go of it, however a process ends."""

import fcntl
import os
import re
import secrets
from io import FileIO
from itertools import islice
from pathlib import Path

from django.conf import settings

HERE, ASK = ".here", "ask-"
# Its pid, and what tells two of one pid apart: containers that share a folder have such.
STEM = re.compile(r"\d{1,10}-[0-9a-f]{8}")
ENTRIES = 256  # of the folder, looked at
MOST = 64  # witnesses


def folder() -> Path:
    return Path(settings.DATA_DIR) / "run" / "witnesses"


def come() -> tuple[str, FileIO]:
    """A new witness: its name, and the file that says so until it is closed. Raises OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    living()  # what workers that died have left is removed, whether somebody seals or not
    stem = f"{os.getpid()}-{secrets.token_hex(4)}"
    path = _path(stem)
    here = FileIO(path, "x")
    fcntl.flock(here, fcntl.LOCK_EX)
    if not path.exists():  # somebody took it for a dead one's, just before it was locked
        here.close()
        raise FileNotFoundError(path)
    return stem, here


def leave(stem: str, here: FileIO) -> None:
    here.close()
    _path(stem).unlink(missing_ok=True)


def living() -> list[str]:
    """Every witness of this host that lives. What the dead left is removed."""
    found = sorted(name.removesuffix(HERE) for name in _names() if name.endswith(HERE))
    return [stem for stem in found if STEM.fullmatch(stem) and _lives(_path(stem))][:MOST]


def asks() -> list[str]:
    """The folders of those who seal."""
    return sorted(name for name in _names() if name.startswith(ASK))


def pid(stem: str) -> str:
    return stem.partition("-")[0]


def _path(stem: str) -> Path:
    return folder() / f"{stem}{HERE}"


def _names() -> list[str]:
    """Nothing where nobody ever was a witness."""
    try:
        with os.scandir(folder()) as found:
            return [entry.name for entry in islice(found, ENTRIES)]
    except OSError:
        return []


def _lives(here: Path) -> bool:
    try:
        file = os.open(here, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two who seal at once hold off neither
        here.unlink(missing_ok=True)
        return False
    except OSError:
        return True
    finally:
        os.close(file)
