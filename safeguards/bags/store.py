"""The bags of this host: DATA_DIR/bags, one folder each. A name is never a path."""

import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from safeguards.bags import form

NAME = re.compile(r"\d{8}T\d{12}Z-[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
NEWEST, BYTES = 20, 500 * 1000 * 1000
PINNED = ".pinned"  # beside the bag, so that it stays as it was sealed
FRESH, OLD, GONE = (
    ".new-",
    ".old-",
    ".gone-",
)  # a bag under work, one that gives its place, one that is removed
TRIES = 3  # of who reads while another process moves bags about
LEFT_SECONDS = 3600.0  # what a process that died left half made


class NoSuchBag(Exception):
    """There is no bag of this name here."""


@dataclass(frozen=True, slots=True)
class Bag:
    name: str
    path: Path
    at: datetime
    trigger: str
    bytes: int
    pinned: bool


def home() -> Path:
    return Path(settings.DATA_DIR) / "bags"


def name_of(at: datetime, trigger: str) -> str:
    """`trigger` in small letters, digits and hyphens. Raises ValueError."""
    word = re.sub(r"[^a-z0-9]+", "-", trigger.lower()).strip("-")[:40].strip("-")
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{word}"
    if not NAME.fullmatch(name):
        raise ValueError(trigger)
    return name


def find(name: str) -> Path:
    """Raises NoSuchBag, also for a name that is none."""
    path = home() / name if NAME.fullmatch(name) else None
    if path is not None and not path.exists() and (home() / f"{OLD}{name}").exists():
        with turn():  # it is being exchanged at this moment, or was left so
            pass
    if path is None or path.is_symlink() or not path.is_dir():
        raise NoSuchBag(name)
    return path


def identity(name: str) -> int:
    """Another number once another folder has taken its place. Raises NoSuchBag."""
    try:
        return find(name).stat().st_ino
    except FileNotFoundError as error:
        raise NoSuchBag(name) from error


def every() -> list[Bag]:
    """Newest first."""
    paths = home().iterdir() if home().is_dir() else []
    found = (path for path in paths if NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink())
    return [bag for path in sorted(found, reverse=True) if (bag := _bag(path)) is not None]


def is_pinned(name: str) -> bool:
    return (home() / f"{name}{PINNED}").exists()


def pin(name: str) -> None:
    """It stays when others are pruned. Raises NoSuchBag."""
    with turn():  # not while another process is about to remove it
        find(name)
        (home() / f"{name}{PINNED}").touch()


def unpin(name: str) -> None:
    """Raises NoSuchBag."""
    find(name)
    (home() / f"{name}{PINNED}").unlink(missing_ok=True)


def prune() -> Iterator[str]:
    """Remove all but the pinned and the newest ones, and what is too much; the name of each that is gone. Raises OSError.

    Pinned ones count towards the bytes, and stay."""
    with turn():
        left = every()
        room = BYTES - sum(bag.bytes for bag in left if bag.pinned)
        for number, bag in enumerate(bag for bag in left if not bag.pinned):
            room -= bag.bytes
            if number >= NEWEST or (room < 0 and number):  # the newest one stays, whatever its size
                gone = bag.path.rename(home() / f"{GONE}{bag.name}")  # whole or not at all
                shutil.rmtree(gone)
                yield bag.name


@contextmanager
def turn() -> Iterator[None]:
    """One process of the host at a time moves bags about. What others left half done is tidied first."""
    home().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home() / ".turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _tidy()
        yield


def exchange(path: Path, fresh: Path) -> None:
    """`fresh` takes the place of a bag; within one's `turn`."""
    old = home() / f"{OLD}{path.name}"
    path.rename(old)
    fresh.rename(path)
    shutil.rmtree(old)


def _tidy() -> None:
    for old in home().glob(f"{OLD}*"):
        place = home() / old.name.removeprefix(OLD)
        shutil.rmtree(old) if place.exists() else old.rename(place)
    for gone in home().glob(f"{GONE}*"):
        shutil.rmtree(gone)
    for fresh in home().glob(f"{FRESH}*"):
        if datetime.now(UTC).timestamp() - fresh.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(fresh, ignore_errors=True)


def _bag(path: Path) -> Bag | None:
    stamp, _hyphen, trigger = path.name.partition("-")
    try:
        size = int(form.info(path).get(form.SIZE, "0").partition(".")[0])
    except (form.Damaged, ValueError):
        size = _size(path)
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    there = path.is_dir()  # still
    return Bag(path.name, path, at, trigger, size, is_pinned(path.name)) if there else None


def _size(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    except OSError:
        return 0  # somebody removes it
