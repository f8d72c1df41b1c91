"""Guards that are gone: live goes off by itself, plain pages stay."""

import os
import signal

from board.proof.drills.bar import COST
from board.proof.drills.bounds import until
from board.proof.drills.drill import Drill, live
from board.proof.drills.lab import Lab
from board.proof.people import Person
from board.proof.reader import Reader

GONE = "from safeguards.models import Flag; Flag.objects.all().delete()"
BACK = "from safeguards.models import Flag; Flag(name='live_board', everyone=True).save()"
HOUR = 3600


class GuardTheGuards(Drill):
    """The supervisor stopped, the clock an hour off, the disk full, the flag's row deleted, the sampler dead."""

    number, name, rule = "D12", "guard-the-guards", "safeguard-blind"
    proof = {
        "D12-lease": ("supervisor stopped: off after, s",),
        "D12-disk": ("disk full: off after, s",),
        "D12-flag": ("flag row deleted: off after, s",),
        "D12-blind": ("sampler dead: off after, s",),
    }
    within, disk, clock = 6.0, 48 * 1024 * 1024, True
    excused = {COST: "nobody does too much: what is gone are the guards"}

    def run(self, lab: Lab) -> None:
        (person,) = lab.people(1)
        self.move_in(lab, write=False)  # on a full disk nobody's writes are accepted, in words
        self.contained = max(
            self._without_supervisor(lab, person),
            self._with_a_wrong_clock(lab, person),
            self._with_a_full_disk(lab, person),
            self._without_its_flag(lab, person),
            self._without_a_sampler(lab, person),  # last: it stays dead
        )

    def _without_supervisor(self, lab: Lab, person: Person) -> float:
        reader = live(person, "first")
        os.kill(lab.server.pid, signal.SIGSTOP)
        off = self._off("supervisor stopped", person, reader)
        self.bound("supervisor stopped: a new stream", person.stream("browser-stopped").status, equals=503)
        os.kill(lab.server.pid, signal.SIGCONT)
        return off

    def _with_a_wrong_clock(self, lab: Lab, person: Person) -> float:
        """Every guard lives by the monotonic clock: nothing changes, and the kill switch works as ever."""
        if not lab.has_clock:
            self.not_run.append("the wall clock an hour off: needs libfaketime of requirements-dev.txt")
            return 0.0
        slowest = 0.0
        for seconds in (HOUR, -HOUR):
            reader = live(person, f"clock{seconds}")
            lab.set_clock(seconds)
            status = person.add(f"Said with a clock {seconds} s off")[0]
            self.bound(f"clock {seconds:+d} s: a write", status, equals=201)
            self._heard(reader)
            lab.manage("kill", "on", "--reason", "drill")
            slowest = max(slowest, self._off(f"clock {seconds:+d} s, killed", person, reader))
            lab.manage("kill", "off")
        lab.set_clock(0)
        return slowest

    def _with_a_full_disk(self, lab: Lab, person: Person) -> float:
        if not lab.has_disk:
            self.not_run.append("the disk full: needs root, to mount a small disk")
            return 0.0
        reader = live(person, "disk")
        lab.fill_disk(full=True)
        off = self._off("disk full", person, reader)
        status, told = person.add("Said on a full disk " + "x" * 3000)
        self.bound("disk full: a write is refused, not lost", status, equals=503)
        self.bound("disk full: it is told in words", bool(told and told.get("detail")), equals=True)
        lab.fill_disk(full=False)
        until(lambda: person.add("Said with room again")[0] == 201, 10, "writes again unaided", every=0.5)
        return off

    def _without_its_flag(self, lab: Lab, person: Person) -> float:
        reader = live(person, "flag")
        lab.manage("shell", "-v0", "-c", GONE)
        off = self._off("flag row deleted", person, reader)
        lab.manage("shell", "-v0", "-c", BACK)
        return off

    def _without_a_sampler(self, lab: Lab, person: Person) -> float:
        reader = live(person, "blind")
        lab.fault("blind")
        return self._off("sampler dead", person, reader)

    def _heard(self, reader: Reader) -> None:
        until(lambda: reader.of("change"), 5, "the change")

    def _off(self, what: str, person: Person, reader: Reader) -> float:
        off = self.takes(f"{what}: off after, s", lambda: reader.of("bye"), at_most=self.within)
        self.bound(f"{what}: the page", person.page(), equals=200)
        return off
