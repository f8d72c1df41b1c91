"""Well-behaved people whose comfort is measured: in a process of their own, which the attack does not slow down."""

import http.client
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

from board.proof.people import Person

LEAVE_SECONDS = 30.0


class Residents:
    """They read and, unless told not to, write all the while, each once per `pause` seconds."""

    def __init__(self, people: list[Person], pause: float, *, write: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._ask, answers = context.Pipe()
        known = [(person.port, person.slug, person.name, person.cookies) for person in people]
        self._process = context.Process(target=live, args=(answers, known, pause, write), daemon=True)
        self._process.start()
        self._ask.recv()  # they are there
        self.refused = 0
        self.acknowledged: list[str] = []

    def taken(self) -> list[float]:
        """Seconds that each act took since the last call, in order of size."""
        self._ask.send("")
        taken, self.refused, self.acknowledged = self._ask.recv()
        return sorted(taken)

    def p99(self) -> float:
        """Of everything since the last call."""
        taken = self.taken()
        return taken[min(len(taken) - 1, len(taken) * 99 // 100)] if taken else 0.0

    def stop(self) -> float:
        """They leave; the last p99."""
        last = self.p99()
        self._ask.close()
        self._process.join(LEAVE_SECONDS)
        return last


class Resident(threading.Thread):
    def __init__(self, person: Person, pause: float, *, write: bool) -> None:
        super().__init__(daemon=True)
        self.person, self.pause, self.write = person, pause, write
        self.seconds: list[float] = []
        self.refused = 0

    def run(self) -> None:
        turn = 0
        while True:
            time.sleep(self.pause)  # people read between two acts; the process ends it with itself
            began, turn = time.monotonic(), turn + 1
            try:
                status = self._act(turn)
            except (OSError, ValueError, http.client.HTTPException):
                status = 599
            self.seconds.append(time.monotonic() - began)
            self.refused += status >= 400

    def _act(self, turn: int) -> int:
        if turn % 2 or not self.write:
            return self.person.page({"Sec-Fetch-Dest": "document"})
        return self.person.add("Said by somebody who does no harm", {"X-Cause": str(uuid4())})[0]

    def take(self) -> list[float]:
        taken, self.seconds = self.seconds, []
        return taken


def live(
    answers: Connection, known: list[tuple[int, str, str, dict[str, str]]], pause: float, write: bool
) -> None:
    """Until the other end is closed; every message is answered with the seconds since the last, how often
    they were refused, and what was acknowledged."""
    residents = [Resident(_person(*each), pause, write=write) for each in known]
    for resident in residents:
        resident.start()
        time.sleep(pause / len(residents))  # nobody acts in step with others
    answers.send("")
    try:
        while True:
            answers.recv()
            taken = [seconds for resident in residents for seconds in resident.take()]
            refused = sum(resident.refused for resident in residents)
            made = [uid for resident in residents for uid in resident.person.acknowledged]
            answers.send((taken, refused, made))
    except EOFError:
        return


def _person(port: int, slug: str, name: str, cookies: dict[str, Any]) -> Person:
    person = Person(port, slug, name, "", "")
    person.cookies = cookies
    return person
