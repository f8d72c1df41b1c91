"""Where the limits of this process stand, and how near it is to them: on trees as systemd and containers make them."""

from pathlib import Path

import psutil
import pytest

from safeguards import conf
from safeguards.resources import cgroup, files, gauges
from safeguards.resources.container import Container
from safeguards.resources.sampler import Sampler

MIB = 1024 * 1024
UNIT = "system.slice/parley.service"


class Tree:
    """A `/sys/fs/cgroup` of its own, and what `/proc/self/cgroup` says."""

    def __init__(self, folder: Path) -> None:
        self.root, self.own = folder / "cgroup", folder / "own"
        self.root.mkdir()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            self.file(name, text)

    def file(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)
        files.close()  # seconds later: a file that was missing is looked for again

    def unit(self, said: str) -> None:
        self.own.write_text(said)

    @property
    def cores(self) -> float:
        return cgroup.cpu_cores(self.root, self.own)

    @property
    def bytes(self) -> int:
        return cgroup.memory_bytes(self.root, self.own)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_the_container_comes_before_the_host(tree: Tree) -> None:
    tree.file("cpu.max", "150000 100000\n")
    tree.file("memory.max", "104857600\n")
    tree.file("cpu/cpu.cfs_quota_us", "900000")
    assert (tree.cores, tree.bytes) == (1.5, 100 * MIB)


def test_an_older_container_is_understood(tree: Tree) -> None:
    tree.file("cpu/cpu.cfs_quota_us", "50000\n")
    tree.file("cpu/cpu.cfs_period_us", "100000\n")
    tree.file("memory/memory.limit_in_bytes", "52428800\n")
    assert (tree.cores, tree.bytes) == (0.5, 50 * MIB)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu.max": "max 100000\n", "memory.max": "max\n"},
        {"cpu/cpu.cfs_quota_us": "-1\n", "memory/memory.limit_in_bytes": "9223372036854771712\n"},
        {"cpu.max": "", "memory.max": "nonsense"},
    ],
)
def test_without_a_limit_it_is_the_hosts(tree: Tree, files: dict[str, str]) -> None:
    tree.write(**files)
    assert (tree.cores, tree.bytes) == (psutil.cpu_count(), psutil.virtual_memory().total)
    assert cgroup.cpu(tree.root, tree.own) is None


def test_a_unit_has_its_own_limits_and_those_of_its_slice(tree: Tree) -> None:
    tree.unit(f"0::/{UNIT}\n")
    tree.file(f"{UNIT}/cpu.max", "150000 100000\n")
    tree.file(f"{UNIT}/memory.max", f"{100 * MIB}\n")
    assert (tree.cores, tree.bytes) == (1.5, 100 * MIB)
    tree.file("system.slice/cpu.max", "50000 100000\n")
    tree.file("system.slice/memory.max", f"{200 * MIB}\n")
    tree.file("memory.max", "max\n")
    assert (tree.cores, tree.bytes) == (0.5, 100 * MIB)


def test_an_older_system_has_a_group_for_each_controller(tree: Tree) -> None:
    tree.unit(f"7:cpuacct,cpu:/{UNIT}\n4:memory:/user.slice\n1:name=systemd:/{UNIT}\n0::/{UNIT}\n")
    tree.file(f"cpu/{UNIT}/cpu.cfs_quota_us", "50000\n")
    tree.file("cpu/cpu.cfs_quota_us", "-1\n")
    tree.file(f"memory/{UNIT}/memory.limit_in_bytes", f"{10 * MIB}\n")  # somebody else's
    tree.file("memory/user.slice/memory.limit_in_bytes", f"{100 * MIB}\n")
    assert (tree.cores, tree.bytes) == (0.5, 100 * MIB)


@pytest.mark.parametrize(
    "said", ["0::/docker/4f5e\n", "0::/../kubepods/pod1\n", "0::/\n", "nonsense\n", ""], ids=str.strip
)
def test_a_container_that_cannot_see_its_group_has_it_at_the_root(tree: Tree, said: str) -> None:
    tree.unit(said)
    for not_ours in ("../kubepods/pod1", "docker"):
        tree.file(f"{not_ours}/cpu.max", "10000 100000\n")
    tree.file("cpu.max", "150000 100000\n")
    tree.file("memory.max", f"{100 * MIB}\n")
    assert (tree.cores, tree.bytes) == (1.5, 100 * MIB)


def test_throttling_and_stalls_are_those_of_the_group_with_the_quota(tree: Tree) -> None:
    tree.unit(f"0::/{UNIT}\n")
    tree.file(f"{UNIT}/cpu.max", "100000 100000\n")
    tree.file(f"{UNIT}/memory.max", f"{100 * MIB}\n")
    tree.file("cpu.stat", "usage_usec 900000000\nnr_periods 0\nnr_throttled 0\n")
    tree.file(f"{UNIT}/cpu.stat", "usage_usec 1000\nnr_periods 10\nnr_throttled 0\n")
    tree.file(f"{UNIT}/cpu.pressure", "some avg10=30.00 avg60=0 avg300=0 total=0\n")
    tree.file(f"{UNIT}/memory.pressure", "full avg10=2.00 avg60=0 avg300=0 total=0\n")
    container = Container(tree.root, tree.root, tree.own)
    container.measure()
    tree.file(f"{UNIT}/cpu.stat", "usage_usec 9000000000\nnr_periods 20\nnr_throttled 5\n")
    measured = container.measure()
    assert measured["throttled_share"] == 0.5
    assert measured["container_cpu_share"] > 1
    assert (measured["psi_cpu_some_avg10"], measured["psi_memory_full_avg10"]) == (0.3, 0.02)


def test_an_older_group_s_processor_is_counted_beside_its_quota(tree: Tree) -> None:
    tree.unit(f"7:cpu:/{UNIT}\n6:cpuacct:/{UNIT}\n")
    tree.file(f"cpu/{UNIT}/cpu.cfs_quota_us", "100000\n")
    tree.file(f"cpu/{UNIT}/cpu.stat", "nr_periods 10\nnr_throttled 0\n")
    tree.file("cpuacct/cpuacct.usage", "0\n")
    tree.file(f"cpuacct/{UNIT}/cpuacct.usage", "0\n")
    container = Container(tree.root, tree.root, tree.own)
    container.measure()
    tree.file(f"cpu/{UNIT}/cpu.stat", "nr_periods 20\nnr_throttled 1\n")
    tree.file(f"cpuacct/{UNIT}/cpuacct.usage", "9000000000000\n")
    measured = container.measure()
    assert measured["throttled_share"] == 0.1
    assert measured["container_cpu_share"] > 1


def test_what_all_of_a_group_use_counts_without_the_file_cache(tree: Tree) -> None:
    tree.unit(f"0::/{UNIT}\n")
    tree.file(f"{UNIT}/memory.max", f"{100 * MIB}\n")
    tree.file(f"{UNIT}/memory.current", f"{95 * MIB}\n")
    tree.file(f"{UNIT}/memory.stat", f"anon {70 * MIB}\ninactive_file {20 * MIB}\n")
    fill = cgroup.fullest(tree.root, tree.own)
    assert fill == cgroup.Fill(75 * MIB, 100 * MIB)
    tree.file("system.slice/memory.max", f"{200 * MIB}\n")
    tree.file("system.slice/memory.current", f"{190 * MIB}\n")
    fuller = cgroup.fullest(tree.root, tree.own)
    assert fuller is not None
    assert fuller.share == 0.95


def test_an_older_group_s_use_is_read_too(tree: Tree) -> None:
    tree.unit(f"4:memory:/{UNIT}\n")
    tree.file(f"memory/{UNIT}/memory.limit_in_bytes", f"{100 * MIB}\n")
    tree.file(f"memory/{UNIT}/memory.usage_in_bytes", f"{95 * MIB}\n")
    tree.file(f"memory/{UNIT}/memory.stat", f"inactive_file 1\ntotal_inactive_file {20 * MIB}\n")
    assert cgroup.fullest(tree.root, tree.own) == cgroup.Fill(75 * MIB, 100 * MIB)


@pytest.mark.parametrize("limit", ["max", "9223372036854771712", ""])
def test_without_a_limit_nothing_is_full(tree: Tree, limit: str) -> None:
    for most, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        tree.file(most, limit)
        tree.file(used, "1000")
    assert cgroup.fullest(tree.root, tree.own) is None


@pytest.mark.parametrize(("used", "share"), [(50, 0.5), (96, 0.96), (None, 0.0)])
def test_a_worker_is_as_full_as_all_of_them_together(
    monkeypatch: pytest.MonkeyPatch, used: int | None, share: float
) -> None:
    monkeypatch.setattr(cgroup, "fullest", lambda: used and cgroup.Fill(used, 100))
    monkeypatch.setattr(conf, "number", lambda name: {"rss_bytes": 1 << 40}.get(name, 1.0))
    sampler = Sampler()
    sampler._memory = 1 << 40  # of its own it has room
    sampler._own()
    assert gauges.value("container_memory_share") == share
    assert gauges.value("rss_share") == pytest.approx(share, abs=0.01)
