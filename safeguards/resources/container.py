"""How hard this container or unit is pressed: processor used of its quota, throttling, the kernel's own pressure stall."""

import os
import resource
import time
from pathlib import Path

from safeguards.resources import cgroup, files

PROC = Path("/proc")


class Container:
    """`measure` it at a steady pace: shares since the last but one call. What the system lacks is left out.

    The group that has the tightest limit is looked at; without one it is the root's, the whole container or host."""

    def __init__(self, root: Path = cgroup.ROOT, proc: Path = PROC, own: Path = cgroup.OWN) -> None:
        self.root, self.proc = root, proc
        quota, memory = cgroup.cpu(root, own), cgroup.memory(root, own)
        self._cores = cgroup.cpu_cores(root, own)
        self._groups = {
            "cpu": quota.folder if quota else root,
            "memory": memory.folder if memory else root,
        }
        self._before: tuple[float, dict[str, float]] | None = None

    def measure(self) -> dict[str, float]:
        now, used = time.monotonic(), self._counters()
        measured = self._stalls()
        if self._before is not None:
            before, passed = self._before[1], now - self._before[0]
            if passed > 0 and "usage" in used and "usage" in before:
                measured["container_cpu_share"] = (used["usage"] - before["usage"]) / passed / self._cores
            periods = used.get("nr_periods", 0.0) - before.get("nr_periods", 0.0)
            throttled = used.get("nr_throttled", 0.0) - before.get("nr_throttled", 0.0)
            measured["throttled_share"] = throttled / periods if periods > 0 else 0.0
        self._before = now, used
        return measured

    def _counters(self) -> dict[str, float]:
        """Seconds of processor used, and periods: cgroup v2 first, then v1."""
        group, old = self._groups["cpu"], self.root / "cpu"
        told = cgroup.table(f"{group}/cpu.stat") or cgroup.table(f"{self.root}/cpu/cpu.stat")
        if "usage_usec" in told:
            return told | {"usage": told["usage_usec"] / 1e6}
        inside = group.relative_to(old) if group.is_relative_to(old) else Path()
        nanoseconds = _first(os.path.join(self.root, "cpuacct", inside, "cpuacct.usage"))
        return told | {"usage": nanoseconds / 1e9} if nanoseconds is not None else told

    def _stalls(self) -> dict[str, float]:
        """PSI averages over 10 s, as shares."""
        found = {}
        for name, kind, line in (
            ("psi_cpu_some_avg10", "cpu", "some"),
            ("psi_memory_full_avg10", "memory", "full"),
        ):
            value = _stall(f"{self._groups[kind]}/{kind}.pressure", line)
            value = _stall(f"{self.proc}/pressure/{kind}", line) if value is None else value
            if value is not None:
                found[name] = value / 100
        return found


def most_descriptors() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft > 0 else 1 << 20  # without a limit the number is never a problem


def _first(path: str) -> float | None:
    try:
        return float(files.text(path).split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _stall(path: str, line: str) -> float | None:
    try:
        for row in files.text(path).splitlines():
            kind, *pairs = row.split()
            if kind == line:
                return float(dict(pair.split("=") for pair in pairs)["avg10"])
    except (OSError, ValueError, KeyError):
        return None
    return None
