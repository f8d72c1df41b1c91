"""One flood over one, two and four processes: as much is let in as if there were one."""

import random
import threading
import time
from collections.abc import Callable, Iterator

from board.proof.containment import contained_after
from board.proof.drills.bar import CALM_SECONDS
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person
from safeguards.kernel.rate_limit import SECOND, Rate, RateLimiter

WRITE = Rate(0.1, 40)  # what one person may write
PROCESSES = (1, 2, 4)
FLOOD_SECONDS, THREADS = 26.0, 8  # long enough that the residents' p99 is more than their worst moment
HOUR, PER_SECOND = 3600, 50
WHO = "somebody"
AWAY = (1200, 2400)  # of the hour, the store of the limits is away


class Multiplication(Drill):
    """The same flood at one, two and four processes; at four the store of the limits is killed midway."""

    number, name, rule = "D10", "multiplication", "rate-limit"
    proof = {"D10": ("let in with 4 processes", "difference between them, %")}
    workers, within = 4, 2.0

    def run(self, lab: Lab) -> None:
        floods = [self._elsewhere(processes) for processes in PROCESSES[:-1]]
        person, *people = lab.people(3)
        lab.own_board(person)  # what they may write makes no page of the others longer
        self.move_in(lab, people)
        flood = Flood(person)
        entitled = flood.keep_to_the_limit(lambda: lab.cores(CALM_SECONDS))
        flood.run(lab.kill_store, later=lambda: self.costs_little(lab.cores(FLOOD_SECONDS / 3), entitled))
        self.notice_nothing()
        floods.append(flood)
        self._compare([len(flood.admitted) for flood in floods], WRITE, FLOOD_SECONDS + 1)
        self.contained = max(_contained(flood.admitted) for flood in floods)

    def run_virtual(self) -> None:
        """An hour at fifty attempts a second, the store away for the second third of it."""
        floods = [list(_simulated(processes)) for processes in PROCESSES]
        self._compare([len(flood) for flood in floods], WRITE, HOUR)
        for processes, flood in zip(PROCESSES, floods, strict=True):
            worst = _above(flood, WRITE)
            self.bound(f"above the bound in any window, with {processes} processes", worst, at_most=0)
        self.contained = max(_contained([at / SECOND for at in flood]) for flood in floods)

    def _elsewhere(self, processes: int) -> "Flood":
        with Lab(self.build, processes, self.environment, self.limits) as lab:
            person = lab.people(1)[0]
            lab.own_board(person)
            flood = Flood(person)
            flood.run(lambda: None)
            return flood

    def _compare(self, totals: list[int], rate: Rate, seconds: float) -> None:
        for processes, total in zip(PROCESSES, totals, strict=True):
            most = rate.burst + int(seconds / rate.interval)
            self.bound(f"let in with {processes} processes", total, at_most=most)
        apart = (max(totals) - min(totals)) / max(totals) * 100
        self.bound("difference between them, %", apart, at_most=5.0)


class Flood:
    """One person's program on eight connections; `admitted`: when each write was let in."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.admitted: list[float] = []
        self._stop = threading.Event()
        person.board()
        person.add("The first one says which zone")

    def keep_to_the_limit(self, measure: Callable[[], float]) -> float:
        """What is measured while they write as much as anybody may: a flood is to cost little more."""
        stop = threading.Event()
        thread = threading.Thread(target=self._write_at_its_pace, args=(stop,), daemon=True)
        thread.start()
        measured = measure()
        stop.set()
        thread.join(10)
        return measured

    def _write_at_its_pace(self, stop: threading.Event) -> None:
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            self.person.add("One of what anybody may write")
            due += WRITE.interval

    def run(self, midway: Callable[[], None], later: Callable[[], None] = lambda: None) -> None:
        """`midway` happens after half of the time, `later` in its last third."""
        began = time.monotonic()
        self.admitted.append(0.0)
        threads = [threading.Thread(target=self._write, args=(began,), daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        # The threads flood; how long is the stimulus itself.
        time.sleep(FLOOD_SECONDS / 2)  # the flood goes on
        midway()
        time.sleep(FLOOD_SECONDS / 6)  # the flood goes on
        later()
        time.sleep(max(0.0, began + FLOOD_SECONDS - time.monotonic()))  # until its end
        self._stop.set()
        for thread in threads:
            thread.join(10)

    def _write(self, began: float) -> None:
        while not self._stop.is_set():
            try:
                status, _made = self.person.add("One of a flood")
            except (OSError, ValueError):
                continue
            if status == 201:
                self.admitted.append(time.monotonic() - began)


class Processes:
    """So many, by the rules of `safeguards.limits`, with a store they share and a clock held by hand."""

    def __init__(self, count: int) -> None:
        self.now = 0  # nanoseconds
        self.shares = [RateLimiter(WRITE.share(count), lambda: self.now) for _ in range(count)]
        self.lose_the_count()

    def lose_the_count(self) -> None:
        self.store = RateLimiter(WRITE, lambda: self.now)

    def admits(self, process: int, *, alone: bool) -> bool:
        share = self.shares[process]
        if alone:
            return share.admit(WHO).allowed
        self.store.follow(WHO, share.backlog(WHO))  # what the process knows itself
        allowed = self.store.admit(WHO).allowed
        share.follow(WHO, self.store.backlog(WHO))
        return allowed


def _simulated(count: int) -> Iterator[int]:
    """When somebody was let in, in nanoseconds; which process is asked is chance."""
    processes, chance = Processes(count), random.Random(count)
    for number in range(HOUR * PER_SECOND):
        processes.now = number * SECOND // PER_SECOND
        away = AWAY[0] <= processes.now // SECOND < AWAY[1]
        if away:
            processes.lose_the_count()  # the store comes back empty
        if processes.admits(chance.randrange(count), alone=away):
            yield processes.now


def _contained(admitted: list[float]) -> float:
    """Each process keeps a pace of its own while the store is away: as many may come at once as there are."""
    return contained_after(admitted, WRITE.interval, spare=PROCESSES[-1])


def _above(times: list[int], rate: Rate) -> int:
    """How many more than burst + window / interval were let in, in the worst window; none or less: never."""
    interval, worst, least = round(rate.interval * SECOND), -rate.burst, 0
    for number, at in enumerate(times):
        ahead = number * interval - at
        least = min(least, ahead) if number else ahead
        worst = max(worst, -(-(ahead - least) // interval) + 1 - rate.burst)
    return worst
