"""The form of a bag: BagIt 1.0 (RFC 8493), a folder with sums of every file in it. Knows nothing of what is inside."""

import hashlib
import re
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGS, INFO = "manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt"
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
SUMMED = ("bagit.txt", INFO, MANIFEST)
SIZE, DATE = "Payload-Oxum", "Bagging-Date"
BYTES, FILES = 50_000_000, 100  # of one bag
Info = Sequence[tuple[str, str]]


class Damaged(Exception):
    """The bag is not as it was sealed; the message says in words what differs."""


def close(bag: Path, info: Info) -> str:
    """Write everything but `data/`, which is there already. The sum of sums: it stands for the whole bag.

    `info`: labels and values in order. Raises OSError."""
    files = _payload(bag)
    octets = sum(file.stat().st_size for file in files)
    lines = [*info, (DATE, f"{datetime.now(UTC):%Y-%m-%d}"), (SIZE, f"{octets}.{len(files)}")]
    (bag / "bagit.txt").write_text(DECLARATION)
    (bag / INFO).write_text("".join(f"{label}: {_one_line(value)}\n" for label, value in lines))
    (bag / MANIFEST).write_text("".join(f"{_sum(file)}  {_name(bag, file)}\n" for file in files))
    (bag / TAGS).write_text("".join(f"{_sum(bag / name)}  {name}\n" for name in SUMMED))
    return _sum(bag / TAGS)


def info(bag: Path) -> dict[str, str]:
    """What bag-info.txt says. Raises Damaged."""
    try:
        lines = (bag / INFO).read_text().splitlines()
    except (OSError, ValueError) as error:
        raise Damaged("bag-info.txt cannot be read.") from error
    return {label: value.strip() for label, _colon, value in (line.partition(":") for line in lines)}


def check(bag: Path) -> str:
    """Whether every file is there, unchanged, and no other one. The sum of sums. Raises Damaged."""
    try:
        _look_over(bag)
        if (bag / "bagit.txt").read_text() != DECLARATION:
            raise Damaged("bagit.txt is another one.")
        tags, said = _read(bag / TAGS), _read(bag / MANIFEST)
        _compare(bag, tags, set(SUMMED))
        _compare(bag, said, {_name(bag, file) for file in _payload(bag)})
        octets = sum((bag / name).stat().st_size for name in said)
        if info(bag).get(SIZE) != f"{octets}.{len(said)}":
            raise Damaged("Its size is not what bag-info.txt says.")
        return _sum(bag / TAGS)
    except (OSError, ValueError) as error:
        raise Damaged("One of its files cannot be read.") from error


def shown(name: str) -> str:
    """A name that somebody else wrote, as part of a sentence."""
    return "".join(char if char.isprintable() else "?" for char in name[:80])


def _look_over(bag: Path) -> None:
    """Before any of it is read: files and folders alone, and not more than a bag is."""
    files, size = 0, 0
    for path in bag.rglob("*"):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise Damaged("There is a link in it.")
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise Damaged(f"{shown(_name(bag, path))} is no file.")
        files, size = files + 1, size + (found.st_size if stat.S_ISREG(found.st_mode) else 0)
        if files > FILES or size > BYTES:
            raise Damaged("It is more than a bag can be.")


def _compare(bag: Path, said: dict[str, str], there: set[str]) -> None:
    if missing := sorted(said.keys() - there):
        raise Damaged(f"{shown(missing[0])} is missing.")
    if added := sorted(there - said.keys()):
        raise Damaged(f"{shown(added[0])} is not in the manifest.")
    for name, checksum in said.items():
        if _sum(bag / name) != checksum:
            raise Damaged(f"{shown(name)} was changed.")


def _read(manifest: Path) -> dict[str, str]:
    found = [LINE.fullmatch(line) for line in manifest.read_text().splitlines()]
    if not all(found):
        raise Damaged(f"{manifest.name} is damaged.")
    return {match[2]: match[1] for match in found if match}


def _payload(bag: Path) -> list[Path]:
    return sorted(path for path in (bag / "data").rglob("*") if path.is_file())


def _name(bag: Path, file: Path) -> str:
    return file.relative_to(bag).as_posix()


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
