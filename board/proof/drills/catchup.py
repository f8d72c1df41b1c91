"""People who join while the board moves fast and the log is read slowly."""

import asyncio
import time

from board.proof.containment import NEVER
from board.proof.drills.bar import AUDIT, COST, INCIDENTS
from board.proof.drills.bots import Bot
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person

JOINERS, BEHIND = 20, 120
PER_SECOND = 50
DELAYS = (40, 200)  # ms
HEAD = "SELECT epoch, seq FROM collaboration_channel WHERE name = ?"
AFTER_SECONDS = 5.0  # the events go on after the last has caught up, and make up for what they were late
PATIENCE_SECONDS = 20.0


class CatchUpLivelock(Drill):
    """50 events a second, each reading of the log takes 40 ms, then 200 ms; 20 people join far behind."""

    number, name, runbook = "D14", "catch-up-livelock", "overload"
    proof = {"D14": (f"readings of {DELAYS[-1]} ms: all have caught up after, s",)}
    within = 3.0
    environment = {"LIMITS": "wide", "LADDER": "observe"}
    excused = dict.fromkeys(
        (INCIDENTS, AUDIT), "no rule has to act: who joins reads the log at most twice"
    ) | {COST: "twenty people who read a busy board do nothing wrong"}

    def run(self, lab: Lab) -> None:
        people = lab.people(JOINERS)
        lab.fault("chatter", text=str(PER_SECOND))
        self.move_in(lab)  # what they notice is compared with a board that moves, before anybody joins
        self.contained = max(self._join(lab, people, delay) for delay in DELAYS)

    def _join(self, lab: Lab, people: list[Person], delay: int) -> float:
        """Seconds until the last has caught up with what was there when they all came."""
        what = f"readings of {delay} ms"
        self._settle(lab)
        lab.fault("slow-reads", text=str(delay))
        lab.fault("chatter", text=str(PER_SECOND))
        time.sleep(BEHIND / PER_SECOND)  # nobody listens yet: this is what they will have missed
        reads, (epoch, head), began = self._reads(lab), _head(lab, people[0]), time.monotonic()
        since = max(1, head - BEHIND)
        bots = [Bot(person, delay * 100 + number) for number, person in enumerate(people)]
        took = asyncio.run(_all(bots, f"?since={epoch}-{since}", head))
        time.sleep(AFTER_SECONDS)  # the chatter goes on: its rate is measured over all of this
        rate = (_head(lab, people[0])[1] - head) / (time.monotonic() - began)
        lab.fault("chatter", on=False)
        lab.fault("slow-reads", on=False)
        time.sleep(1.2)  # figures are told once a second
        self.bound(f"{what}: events a second meanwhile", rate, at_least=PER_SECOND * 0.8)
        self.bound(f"{what}: all have caught up after, s", max(took), at_most=3.0)
        self.bound(f"{what}: readings per join", (self._reads(lab) - reads) / JOINERS, at_most=2.0)
        return max(took)

    def _reads(self, lab: Lab) -> float:
        return lab.gauge("replay_reads_total") + lab.gauge("log_reads_total")

    def _settle(self, lab: Lab) -> None:
        """Until nobody listens: what the process remembers of the channel is gone then, and has to be read."""
        for reader in lab.readers:
            reader.close()
        time.sleep(2)  # the server notices once a second who has left


def _head(lab: Lab, person: Person) -> tuple[str, int]:
    """The log's epoch and last number, read past the server: thousands of cards would cost it more than the joiners."""
    (row,) = lab.rows(HEAD, f"board-{person.slug}")
    return row[0], int(row[1])


async def _all(bots: list[Bot], query: str, head: int) -> list[float]:
    """Seconds until each has caught up, NEVER for those who do not."""
    began = time.monotonic()

    async def join(bot: Bot) -> float:
        status = await bot.open(query)
        if status != 200:
            raise AssertionError(f"a stream was answered {status}")
        last = 0
        while last < head:
            kind, data = await bot.event()
            if not kind or kind == "reset":
                raise AssertionError(f"a stream ended or was reset: {kind} {data}")
            last = data["seq"] if kind == "change" else last
        return time.monotonic() - began

    async def patiently(bot: Bot) -> float:
        try:
            return await asyncio.wait_for(join(bot), PATIENCE_SECONDS)
        except TimeoutError:
            return NEVER

    try:
        return list(await asyncio.gather(*(patiently(bot) for bot in bots)))
    finally:
        for bot in bots:
            bot.close()
