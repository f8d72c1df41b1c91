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
        first, second = lab.people(2)
        _status, made = first.add("The card both bots edit")
        card, seen, last = made["card"]["id"], Counter[int](), [time.monotonic()]
        bots = [
            threading.Thread(target=_echo, args=(bot, card, seen, last, 5.0), daemon=True)
            for bot in (first, second)
        ]
        for bot in bots:
            bot.start()
        time.sleep(1)
        began = time.monotonic()
        gesture = _edit(first, card, "The one gesture", {})
        for bot in bots:
            bot.join(15)
        self.contained = last[0] - began
        self.bound("the gesture", gesture, equals=200)
        self.bound("requests let in per gesture", seen[200] + 1, equals=4)
        self.bound("refused as a loop", seen[409], equals=1)
        until(lambda: lab.gauge("r") < 0.3, 15, "R is calm again")
        self.bound("R afterwards", lab.gauge("r"), at_most=0.3)


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


def _echo(bot: Person, card: str, seen: Counter[int], last: list[float], seconds: float) -> None:
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
                last[0] = time.monotonic()
        done = len(changes)


def _edit(person: Person, card: str, text: str, reacting_to: Any) -> int:
    board = person.board()
    version = next(
        known["version"] for zone in board["zones"] for known in zone["cards"] if known["id"] == card
    )
    headers = {"X-Caused-By": f"{board['epoch']}-{reacting_to['seq']}"} if reacting_to else {}
    return person.ask("PATCH", f"/api/v1/cards/{card}", {"body": text, "base_version": version}, headers)[0]
