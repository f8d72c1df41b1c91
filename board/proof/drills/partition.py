"""The kill switch while nothing else answers: bus down, database stalled, and every process sure of its old flags."""

from collections.abc import Callable
from functools import partial
from typing import Any

from board.proof.drills.drill import Drill, live, until, wait
from board.proof.drills.lab import Lab
from board.proof.people import Person

PEOPLE = 6
BY_FILE, BY_NOBODY = "killed by the file", "nobody says anything"


class KillUnderPartition(Drill):
    """The bus killed, the database stalled: live goes off by the file, and by itself where nobody says anything."""

    number, name, runbook = "D11", "kill-under-partition", "safeguard-blind"
    proof = {"D11": (f"{BY_FILE}: off after, s", f"{BY_NOBODY}: off after, s")}
    workers, within = 2, 6.0

    def run(self, lab: Lab) -> None:
        people, file = lab.people(PEOPLE), lab.folder / "kill"
        by_file = self._cut_off(lab, people, BY_FILE, lambda: file.write_text("drill"))
        file.unlink(missing_ok=True)
        by_nobody = self._cut_off(lab, people, BY_NOBODY, lambda: None)
        self.contained = max(by_file, by_nobody)
        for person in people:
            live(person, "afterwards")  # unaided

    def _cut_off(self, lab: Lab, people: list[Person], what: str, act: Callable[[], Any]) -> float:
        readers = [live(person, what.replace(" ", "-")) for person in people]
        until(lambda: sum(streams(lab).values()) >= len(readers), 5, "every process has told its streams")
        before = streams(lab)
        lab.kill_store()
        lab.fault("stall")
        act()
        off = self.takes(
            f"{what}: off after, s",
            lambda: all(reader.ended.is_set() for reader in readers),
            at_most=self.within,
        )
        told = sorted({bye["reason"] for reader in readers for bye in reader.of("bye")})
        self.bound(f"{what}: goodbyes", told, equals=["killed" if what == BY_FILE else "overload"])
        for number, pid in enumerate(before):  # told once a second
            name = f"{what}: streams left in process {number + 1} of {len(before)}, which had {before[pid]}"
            wait(partial(_has_none, lab, pid), 3)
            self.bound(name, streams(lab).get(pid, 0), equals=0)
        lab.fault("stall", on=False)
        return off


def _has_none(lab: Lab, pid: int) -> bool:
    return not streams(lab).get(pid)


def streams(lab: Lab) -> dict[int, int]:
    """Of each process, as it told last."""
    return {row["pid"]: int(row["gauges"].get("streams", 0)) for row in lab.status()["workers"]}
