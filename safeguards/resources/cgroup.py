"""What the group of this process may use, and how full it is: cgroup v2 first, then v1, then the host as psutil sees it.

A limit may stand at the group itself (a systemd unit's) or at any one above it (a slice's): the tightest counts."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from safeguards.resources import files

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
UNLIMITED = 1 << 60  # cgroup v1 writes "no limit" as a number near 2^63


@dataclass(frozen=True, slots=True)
class Limit:
    """`most`: cores or bytes; `folder`: of the group that has it."""

    most: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Fill:
    """Bytes of everybody in a group, without the file cache that the kernel takes back before it kills; and its limit."""

    used: float
    most: float

    @property
    def share(self) -> float:
        return self.used / self.most


def cpu(root: Path = ROOT, own: Path = OWN) -> Limit | None:
    """The tightest quota, in cores."""
    return _tightest(levels("", root, own), _quota_v2) or _tightest(levels("cpu", root, own), _quota_v1)


def memory(root: Path = ROOT, own: Path = OWN) -> Limit | None:
    """The tightest limit, in bytes."""
    return _tightest(levels("", root, own), _most_v2) or _tightest(levels("memory", root, own), _most_v1)


def cpu_cores(root: Path = ROOT, own: Path = OWN) -> float:
    """The quota in cores, else the number of cores."""
    quota = cpu(root, own)
    return quota.most if quota else all_cores()


def all_cores() -> float:
    return float(psutil.cpu_count() or os.cpu_count() or 1)


def memory_bytes(root: Path = ROOT, own: Path = OWN) -> int:
    """The limit of the group, never more than the host has."""
    host, limit = int(psutil.virtual_memory().total), memory(root, own)
    return min(host, int(limit.most)) if limit else host


def fullest(root: Path = ROOT, own: Path = OWN) -> Fill | None:
    """Of the groups with a limit the one that is nearest to it; None without any."""
    fills = [_fill_v2(folder) for folder in levels("", root, own)]
    fills += [_fill_v1(folder) for folder in levels("memory", root, own)]
    return max((fill for fill in fills if fill), key=lambda fill: fill.share, default=None)


@cache  # a process keeps its group, and its limits are read each second
def levels(controller: str, root: Path = ROOT, own: Path = OWN) -> tuple[Path, ...]:
    """The own group and each above it; the root alone where the group cannot be seen, as from inside a container.

    `controller`: one of cgroup v1; empty for v2."""
    top, inside = root / controller, _path(controller, own)
    folder = top / inside
    if ".." in inside.parts or not folder.is_dir():
        return (top,)
    return (folder, *(above for above in folder.parents if above.is_relative_to(top)))


def table(path: str) -> dict[str, float]:
    """Lines of a name and a number; empty for what is not there or is something else."""
    try:
        rows = [line.split() for line in files.text(path).splitlines()]
        return {row[0]: float(row[1]) for row in rows if len(row) == 2}
    except (OSError, ValueError):
        return {}


def _path(controller: str, own: Path) -> Path:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return Path()
    for parts in [line.split(":", 2) for line in lines]:
        if len(parts) == 3 and controller in parts[1].split(","):
            return Path(parts[2].strip("/"))
    return Path()


def _tightest(folders: tuple[Path, ...], most: Callable[[Path], float]) -> Limit | None:
    found = [Limit(limit, folder) for folder in folders if (limit := most(folder)) > 0]
    return min(found, key=lambda limit: limit.most, default=None)


def _quota_v2(folder: Path) -> float:
    quota, period = [*_words(f"{folder}/cpu.max"), "", ""][:2]
    return _number(quota) / (_number(period) or 100_000)


def _quota_v1(folder: Path) -> float:
    quota = _first(f"{folder}/cpu.cfs_quota_us")
    return quota and quota / (_first(f"{folder}/cpu.cfs_period_us") or 100_000)


def _most_v2(folder: Path) -> float:
    return _bytes(f"{folder}/memory.max")


def _most_v1(folder: Path) -> float:
    return _bytes(f"{folder}/memory.limit_in_bytes")


def _fill_v2(folder: Path) -> Fill | None:
    return _fill(_most_v2(folder), folder, "memory.current", "inactive_file")


def _fill_v1(folder: Path) -> Fill | None:
    return _fill(_most_v1(folder), folder, "memory.usage_in_bytes", "total_inactive_file")


def _fill(most: float, folder: Path, usage: str, cache: str) -> Fill | None:
    used = _first(f"{folder}/{usage}") if most else 0.0
    if not used:
        return None
    return Fill(max(0.0, used - _entry(f"{folder}/memory.stat", cache)), most)


def _bytes(path: str) -> float:
    """0 without a limit."""
    limit = _first(path)
    return limit if 0 < limit < UNLIMITED else 0.0


def _entry(path: str, name: str) -> float:
    """One line of a table; the others are many, and cost more than reading them."""
    try:
        words = f"\n{files.text(path)}".partition(f"\n{name} ")[2].split(None, 1)
    except OSError:
        return 0.0
    return _number(words[0]) if words else 0.0


def _first(path: str) -> float:
    return _number([*_words(path), ""][0])


def _words(path: str) -> list[str]:
    try:
        return files.text(path).split()
    except OSError:
        return []


def _number(text: str) -> float:
    """0 for anything that is no number: a missing file, or the word `max`."""
    try:
        return float(text)
    except ValueError:
        return 0.0
