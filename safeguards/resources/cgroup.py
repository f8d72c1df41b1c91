"""What this container may use: cgroup v2 first, then v1, then the host as psutil sees it."""

import os
from pathlib import Path

import psutil

ROOT = Path("/sys/fs/cgroup")
UNLIMITED = 1 << 60  # cgroup v1 writes "no limit" as a number near 2^63


def cpu_cores(root: Path = ROOT) -> float:
    """The quota in cores, else the number of cores."""
    return _quota_v2(root) or _quota_v1(root) or float(psutil.cpu_count() or os.cpu_count() or 1)


def has_quota(root: Path = ROOT) -> bool:
    """Whether what is measured here is this container's own, not the host's."""
    return bool(_quota_v2(root) or _quota_v1(root))


def memory_bytes(root: Path = ROOT) -> int:
    """The limit of the container, never more than the host has."""
    host = int(psutil.virtual_memory().total)
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = _number(_words(root / name, 0))
        if 0 < limit < UNLIMITED:
            return min(host, int(limit))
    return host


def _quota_v2(root: Path) -> float:
    quota, period = _words(root / "cpu.max", 0), _words(root / "cpu.max", 1)
    return _number(quota) / (_number(period) or 100_000)


def _quota_v1(root: Path) -> float:
    quota = _number(_words(root / "cpu/cpu.cfs_quota_us", 0))
    period = _number(_words(root / "cpu/cpu.cfs_period_us", 0)) or 100_000
    return max(0.0, quota / period)


def _words(path: Path, index: int) -> str:
    try:
        return path.read_text().split()[index]
    except (OSError, IndexError):
        return ""


def _number(text: str) -> float:
    """0 for anything that is no number: a missing file, or the word `max`."""
    try:
        return float(text)
    except ValueError:
        return 0.0
