"""Requests that cause requests: the polling client of the incident, and two bots that answer each other."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from board.proof.containment import NEVER, contained_after
from board.proof.drills.bar import AUDIT, COST, INCIDENTS
from board.proof.drills.bounds import wait
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person
from safeguards.kernel.hops import MAX_HOPS

WINDOW_SECONDS = 16.0  # in its first half the rollback and its bag cost something once
PACE_SECONDS = 2.0  # of the residents: the bound on the processor counts their work, too
BROWSERS, CONNECTIONS = 3, 12
UNCAUSED_SECONDS, UNCAUSED_BURST = 0.5, 10  # what scripts are let in with for nobody's gesture
LET_IN, REFUSALS = "requests of the client that were let in", "refusals per second"
CORES, BAGS = "CPU of all workers, cores", "bags of the rollback"
ROLLED_BACK = "the tester is rolled back after, s"
ROLLBACKS = "SELECT 1 FROM safeguards_auditentry WHERE action = 'rollout.rollback'"
TESTERS = """
    SELECT username FROM safeguards_tester AS tester
    JOIN board_user AS person ON person.id = tester.user_id
    JOIN safeguards_flag AS flag ON flag.id = tester.flag_id
    WHERE flag.name = 'live_board' ORDER BY username
"""
SEALED_SECONDS = 10.0
GESTURES, ORDINARY = 2, 9  # fewer than ten causes count as ten for R


class IncidentReplay(Drill):
    """A 2 s poll whose answer triggers another request at once, in three browsers of a tester with four connections
    each; somebody else tests, too."""

    number, name, rule = "D1", "incident-replay", "rate-limit"
    proof = {
        "D1": (LET_IN, CORES, COST, "contained_s"),
        "D1-hold": (REFUSALS,),
        "D1-rollback": (ROLLED_BACK, "testers left", BAGS),
    }
    workers, within = 4, 2.0

    def run(self, lab: Lab) -> None:
        tester, other, *people = lab.people(6)
        lab.manage("rollout", "off", "live_board")
        for person in (tester, other):
            lab.manage("rollout", "add", "live_board", person.name)
        spared = other.stream()  # what is shown there is part of the calm
        self.move_in(lab, people, pause=PACE_SECONDS)
        lost = [tester.stream(f"browser-poll-{number}") for number in range(BROWSERS)]
        answers: list[tuple[float, int]] = []
        stop = threading.Event()
        began, cpu = time.monotonic(), lab.cpu_seconds()
        threads = [
            threading.Thread(
                target=_poll, args=(tester, f"browser-poll-{n % BROWSERS}", answers, stop), daemon=True
            )
            for n in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        self.takes(ROLLED_BACK, lambda: lab.rows(ROLLBACKS), at_most=2.0)
        # The attack goes on; what it costs is measured in its second half.
        time.sleep(max(0.0, began + WINDOW_SECONDS / 2 - time.monotonic()))  # a rate needs its time
        later = lab.cores(WINDOW_SECONDS / 2)
        stop.set()
        passed = time.monotonic() - began
        used = (lab.cpu_seconds() - cpu) / passed
        self.notice_nothing()
        for thread in threads:
            thread.join(5)
        admitted = [at - began for at, status in answers if status == 200]
        refused = [at - began for at, status in answers if status == 429]
        self.contained = contained_after(admitted, UNCAUSED_SECONDS) if refused else NEVER
        most = UNCAUSED_BURST + int((passed + 1) / UNCAUSED_SECONDS)
        self.bound(LET_IN, len(admitted), at_most=most, at_least=1)
        self.bound(REFUSALS, len(refused) / passed, at_most=50.0)
        left = [name for (name,) in lab.rows(TESTERS)]
        self.bound("testers left", left, equals=[other.name])
        kept = sum(not reader.ended.is_set() for reader in lost)
        self.bound("streams that the tester keeps", kept, equals=0)
        self.bound("the other tester's stream is open", not spared.ended.is_set(), equals=True)
        self.bound(CORES, used, at_most=0.60)
        self.costs_little(later)
        bags = partial(lab.bags, "rollback")
        wait(bags, SEALED_SECONDS, every=0.1)
        self.bound(BAGS, len(bags()), equals=1)


class EchoPair(Drill):
    """Two bots that edit a card whenever the other one has."""

    number, name, runbook = "D2", "echo-pair", "request-loop"
    proof = {"D2": ("requests let in per gesture, at most", "refused as a loop")}
    within = 2.0
    excused = dict.fromkeys(
        (INCIDENTS, AUDIT), "no rule has to act: the fourth reaction in a row is refused like any request"
    )

    def run(self, lab: Lab) -> None:
        first, second, other = lab.people(3)
        self.move_in(lab, write=False)  # gestures of theirs would count as causes, and hide what R is to show
        pair = Pair([first, second], first.add("The card both bots edit")[1]["card"])
        for _ in range(ORDINARY):  # people who do something now and then, by their own gestures
            other.page({"X-Cause": str(uuid4())})
        statuses, let_in, slowest = [], 0, 0.0
        for number in range(GESTURES):
            before, began = pair.seen[200], time.monotonic()
            statuses.append(pair.edit(first, f"Gesture {number}", {"X-Cause": str(uuid4())}))
            pair.rest()
            let_in = max(let_in, pair.seen[200] - before + 1)
            slowest = max(slowest, pair.last - began)
        highest = highest_of(lambda: lab.gauge("r"), enough=0.5)
        self.costs_little(lab.cores(2))  # they still listen, and would answer
        pair.stop()
        self.contained = slowest
        self.bound("the gestures", statuses, equals=[200] * GESTURES)
        self.bound("requests let in per gesture, at most", let_in, equals=1 + MAX_HOPS)
        self.bound("refused as a loop", pair.seen[409], equals=GESTURES)
        self.bound("R at its highest", highest, at_least=0.5)
        self.takes("R below 0.3 after, s", lambda: lab.gauge("r") < 0.3, at_most=15, every=0.2)


class Pair:
    """Each answers every edit of the other with one of its own, and says what it reacts to; neither asks anything else."""

    QUIET, LONGEST = 0.7, 4.0

    def __init__(self, people: list[Person], card: dict[str, Any]) -> None:
        self.card, self.version = card["id"], card["version"]
        self.epoch = people[0].board()["epoch"]
        self.seen, self.last = Counter[int](), time.monotonic()
        self._stop = threading.Event()
        streams = [(person, person.stream()) for person in people]
        self._threads = [threading.Thread(target=self._echo, args=each, daemon=True) for each in streams]
        for thread in self._threads:
            thread.start()

    def rest(self) -> None:
        """Until both have been quiet for a while, or do not come to rest."""
        began = time.monotonic()
        wait(lambda: time.monotonic() - max(began, self.last) > self.QUIET, self.LONGEST)

    def edit(self, person: Person, text: str, headers: dict[str, str]) -> int:
        body = {"body": text, "base_version": self.version}
        return person.ask("PATCH", f"/api/v1/cards/{self.card}", body, headers)[0]

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(15)

    def _echo(self, bot: Person, reader: Any) -> None:
        done = 0
        while not self._stop.wait(0.01):
            changes = reader.of("change")
            for change in changes[done:]:
                if change["kind"] != "card.edited":
                    continue
                self.version = max(self.version, change["data"]["version"])
                if change["actor"]["name"] != bot.name:
                    cause = {"X-Caused-By": f"{self.epoch}-{change['seq']}"}
                    self.seen[self.edit(bot, f"{bot.name} answers {change['seq']}", cause)] += 1
                    self.last = time.monotonic()
            done = len(changes)


def highest_of(value: Callable[[], float], enough: float, seconds: float = 4.0) -> float:
    """Looked at until it is enough, or for so long."""
    seen = [0.0]
    end = time.monotonic() + seconds
    while seen[-1] < enough and time.monotonic() < end:
        time.sleep(0.2)  # a figure of another process, told by a file
        seen.append(value())
    return max(seen)


def _poll(person: Person, browser: str, answers: list[tuple[float, int]], stop: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", person.port, timeout=15)
    while not stop.is_set():
        try:
            path = f"/api/v1/boards/{person.slug}/events?since=0&limit=1"
            connection.request("GET", path, headers=person.headers(browser, **{"Sec-Fetch-Dest": "empty"}))
            answer = connection.getresponse()
            answer.read()
            answers.append((time.monotonic(), answer.status))
        except (OSError, http.client.HTTPException):
            answers.append((time.monotonic(), 0))
            connection.close()  # the next request opens another one
    connection.close()
