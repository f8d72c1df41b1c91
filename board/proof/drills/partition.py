"""The kill switch while nothing else answers: bus down, database stalled, and every process sure of its old flags."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil

from board.proof.drills.bar import COST, P99, REFUSED
from board.proof.drills.bounds import until, wait
from board.proof.drills.drill import Drill, live
from board.proof.drills.lab import Lab
from board.proof.people import Person
from board.proof.reader import Reader

PEOPLE, STALL_SECONDS = 6, 30.0
BY_FILE, BY_NOBODY = "killed by the file", "nobody says anything"


class KillUnderPartition(Drill):
    """The bus killed, the database stalled for 30 s: live goes off by the file, and by itself where nobody says
    anything."""

    number, name, rule = "D11", "kill-under-partition", "safeguard-blind"
    proof = {"D11": (f"{BY_FILE}: off after, s", f"{BY_NOBODY}: off after, s")}
    workers, within = 2, 6.0
    excused = dict.fromkeys((P99, REFUSED), "the database answers nobody: who asks waits until it does") | {
        COST: "nobody does too much: what is gone are store and database"
    }

    def run(self, lab: Lab) -> None:
        people, file = lab.people(PEOPLE), lab.folder / "kill"
        self.move_in(lab)
        by_file = self._cut_off(lab, people, BY_FILE, lambda: file.write_text("drill"))
        file.unlink(missing_ok=True)
        by_nobody = self._cut_off(lab, people, BY_NOBODY, lambda: None)
        self.contained = max(by_file, by_nobody)
        for person in people:
            live(person, "afterwards")  # unaided

    def _cut_off(self, lab: Lab, people: list[Person], what: str, act: Callable[[], Any]) -> float:
        readers = [live(person, what.replace(" ", "-")) for person in people]
        until(lambda: sum(streams(lab).values()) >= len(readers), 5, "every process has told its streams")
        before, served = streams(lab), {pid: _of(pid, readers) for pid in lab.pids()}
        lab.kill_store()
        began = time.monotonic()
        lab.fault("stall")
        act()
        off = self.takes(
            f"{what}: off after, s",
            lambda: all(reader.ended.is_set() for reader in readers),
            at_most=self.within,
        )
        told = sorted({bye["reason"] for reader in readers for bye in reader.of("bye")})
        self.bound(f"{what}: goodbyes", told, equals=["killed" if what == BY_FILE else "overload"])
        for number, (pid, own) in enumerate(served.items()):
            process = f"process {number + 1} of {len(served)}"
            latest = max((reader.ended_at - began for reader in own), default=0.0)
            self.bound(f"{what}: off in {process} after, s", latest, at_most=self.within)
            wait(partial(_has_none, lab, pid), 3)  # told once a second
            left = streams(lab).get(pid, 0)
            self.bound(f"{what}: streams left in {process}, which had {before.get(pid, 0)}", left, equals=0)
        # Nothing begins anew while it lasts: the drill waits for its own stall.
        time.sleep(max(0.0, began + STALL_SECONDS - time.monotonic()))  # the stall lasts so long
        left = sum(streams(lab).values())
        self.bound(f"{what}: streams after {STALL_SECONDS:g} s without a database", left, equals=0)
        lab.fault("stall", on=False)
        return off


def _of(pid: int, readers: list[Reader]) -> list[Reader]:
    """Those that this process serves, by their sockets."""
    ports = {each.raddr.port for each in psutil.Process(pid).net_connections("tcp") if each.raddr}
    return [reader for reader in readers if reader.port in ports]


def _has_none(lab: Lab, pid: int) -> bool:
    return not streams(lab).get(pid)


def streams(lab: Lab) -> dict[int, int]:
    """Of each process, as it told last."""
    return {row["pid"]: int(row["gauges"].get("streams", 0)) for row in lab.status()["workers"]}
