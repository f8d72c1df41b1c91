"""Requests that cause requests: the polling client of the incident, and two bots that answer each other."""

import http.client
import threading
import time
from collections import Counter
from typing import Any

from board.proof.drills.drill import Drill, until
from board.proof.drills.lab import Lab, Person, Residents

WINDOW_SECONDS = 8.0
SETTLE_SECONDS = 5.0


class IncidentReplay(Drill):
    """A 2 s poll whose answer triggers another request at once, in three browsers with four connections each."""

    number, name, rule = "D1", "incident-replay", "rate-limit"
    workers, within = 4, 2.0

    def run(self, lab: Lab) -> None:
        tester, *residents = lab.people(5)
        others = Residents(residents)
        time.sleep(SETTLE_SECONDS)
        baseline = others.p99()
        answers: list[tuple[float, int]] = []
        stop = threading.Event()
        tester.stream()
        began, cpu = time.monotonic(), lab.cpu_seconds()
        threads = [
            threading.Thread(
                target=_poll, args=(tester, f"browser-poll-{number % 3}", answers, stop), daemon=True
            )
            for number in range(12)
        ]
        for thread in threads:
            thread.start()
        time.sleep(WINDOW_SECONDS)
        stop.set()
        passed = time.monotonic() - began
        used = (lab.cpu_seconds() - cpu) / passed
        during = others.p99()
        others.stop()
        for thread in threads:
            thread.join(5)
        admitted = [at - began for at, status in answers if status == 200]
        refused = [at - began for at, status in answers if status == 429]
        self.contained = min(refused, default=None)
        self.bound("requests of the client that were let in", len(admitted), at_most=10 + 2 * int(passed + 1))
        self.bound("refusals per second", len(refused) / passed, at_most=50.0)
        self.bound("CPU of all workers, cores", used, at_most=0.60)
        self.bound("residents p99, s", during, at_most=1.5 * baseline + 0.05)
        self.bound("residents refused", others.refused, equals=0)


class EchoPair(Drill):
    """Two bots that edit a card whenever the other one has."""

    number, name = "D2", "echo-pair"
    within = 2.0

    def run(self, lab: Lab) -> None:
        first, second, person = lab.people(3)
        _status, made = person.add("The card both bots edit")
        card, seen = made["card"]["id"], Counter[int]()
        bots = [
            threading.Thread(target=_echo, args=(bot, card, seen, 6.0), daemon=True)
            for bot in (first, second)
        ]
        for bot in bots:
            bot.start()
        time.sleep(1)
        began = time.monotonic()
        last = _edit(person, card, "A person's own edit", {})
        self.bound("the person's edit", last, equals=200)
        before = sum(seen.values())
        for bot in bots:
            bot.join(15)
        del before
        self.contained = seen_last.get("at", began) - began
        self.bound("edits that both bots got through", seen[200], at_most=3 * 2)
        self.bound("requests per gesture", seen[200] + seen[409] + 1, at_most=4 * 2 + 1)
        self.bound("refused as a loop", seen[409], at_least=1)
        until(lambda: lab.gauge("r") < 0.3, 15, "R is calm again")
        self.bound("R afterwards", lab.gauge("r"), at_most=0.3)


seen_last: dict[str, float] = {}


def _poll(person: Person, browser: str, answers: list[tuple[float, int]], stop: threading.Event) -> None:
    connection: http.client.HTTPConnection | None = None
    while not stop.is_set():
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", person.lab.port, timeout=15)
            path = f"/api/v1/boards/{person.slug}/events?since=0&limit=1"
            connection.request("GET", path, headers=person.headers(browser, **{"Sec-Fetch-Dest": "empty"}))
            answer = connection.getresponse()
            answer.read()
            answers.append((time.monotonic(), answer.status))
        except (OSError, http.client.HTTPException):
            answers.append((time.monotonic(), 0))
            if connection is not None:
                connection.close()
            connection = None


def _echo(bot: Person, card: str, seen: Counter[int], seconds: float) -> None:
    """Answers each edit of somebody else with one of its own, and says what it reacts to."""
    reader, done = bot.stream(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
        changes = reader.of("change")
        for change in changes[done:]:
            if change["kind"] == "card.edited" and change["actor"]["name"] != bot.name:
                status = _edit(bot, card, f"{bot.name} answers {change['seq']}", change)
                seen[status] += 1
                seen_last["at"] = time.monotonic()
        done = len(changes)


def _edit(person: Person, card: str, text: str, reacting_to: Any) -> int:
    board = person.board()
    version = next(
        known["version"] for zone in board["zones"] for known in zone["cards"] if known["id"] == card
    )
    headers = {"X-Caused-By": f"{board['epoch']}-{reacting_to['seq']}"} if reacting_to else {}
    return person.ask("PATCH", f"/api/v1/cards/{card}", {"body": text, "base_version": version}, headers)[0]
