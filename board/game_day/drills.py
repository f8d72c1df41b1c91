"""Short attacks by synthetic persons that are safe beside people: bounded in number, on a board of their own.

They open no stream, so that what they send in nobody's name counts for no one's R."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext_lazy

from board.proof.containment import contained_after
from board.residents.visitor import Visitor
from safeguards import conf
from safeguards.kernel.hops import MAX_HOPS

POLL_REQUESTS, POLL_SECONDS = 60, 8.0
ECHO_REQUESTS = 10
WITHIN_SECONDS = 2.0  # until it is contained
REFUSALS_PER_SECOND = 50.0


class OutOfTime(Exception):
    """It was given up; the bounds until then are told."""


@dataclass
class Report:
    """`bounds`: what, how much it was, what is allowed, whether it held."""

    bounds: dict[str, dict[str, Any]] = field(default_factory=dict)
    contained: float | None = None

    def bound(self, what: str, value: float, *, least: float, most: float) -> None:
        limit = f"{least:g} to {most:g}"
        self.bounds[what] = {"value": round(value, 3), "limit": limit, "ok": least <= value <= most}

    def result(self) -> dict[str, Any]:
        contained = self.contained
        self.bounds["contained_s"] = {
            "value": contained,
            "limit": f"<= {WITHIN_SECONDS:g}",
            "ok": contained is not None and contained <= WITHIN_SECONDS,
        }
        passed = all(bound["ok"] for bound in self.bounds.values())
        return {"passed": passed, "contained_s": contained, "bounds": self.bounds}


Drill = Callable[[list[Visitor], float, Report], None]


def polling(people: list[Visitor], until: float, report: Report) -> None:
    """A page that asks again as soon as it is answered, for nobody's gesture. Raises OutOfTime."""
    began = time.monotonic()
    answers: list[tuple[float, int]] = []
    path = f"/api/v1/boards/{people[0].tenant.slug}/events?since=0&limit=1"
    for _number in in_time(POLL_REQUESTS, until):
        if time.monotonic() - began > POLL_SECONDS:
            break
        status = people[0].read({"Sec-Fetch-Dest": "empty"}, path)
        answers.append((time.monotonic() - began, status))
    passed, rate = time.monotonic() - began, conf.rate("uncaused")
    admitted = [at for at, status in answers if status == 200]
    refused = [at for at, status in answers if status == 429]
    most = rate.burst + int(passed / rate.interval) + 1
    report.bound("requests let in", len(admitted), least=1, most=most)
    report.bound("requests refused", len(refused), least=1, most=POLL_REQUESTS)
    report.bound("refusals per second", len(refused) / passed, least=0, most=REFUSALS_PER_SECOND)
    report.bound("other answers", len(answers) - len(admitted) - len(refused), least=0, most=0)
    report.contained = round(contained_after(admitted, rate.interval), 3) if refused else None


def echo(people: list[Visitor], until: float, report: Report) -> None:
    """Two programs, each of which answers the other's edit with an edit of the same card. Raises OutOfTime."""
    first, card = people[0], people[0].tenant
    began = time.monotonic()
    status, taken = first.edit("A gesture", {"X-Cause": str(uuid4())}, card)
    epoch, let_in = first.epoch(), int(status == 200)
    for number in in_time(ECHO_REQUESTS, until):
        if taken is None:
            break
        bot = people[(number + 1) % 2]
        bot.version = int(taken["card"]["version"])
        cause = {"X-Caused-By": f"{epoch}-{taken['seq']}"}
        status, taken = bot.edit(f"Answer {number + 1}", cause, card)
        let_in += taken is not None
    report.bound("edits let in per gesture", let_in, least=1 + MAX_HOPS, most=1 + MAX_HOPS)
    report.bound("status of the refusal", status, least=409, most=409)
    report.contained = round(time.monotonic() - began, 3) if status == 409 else None


def in_time(count: int, until: float) -> Iterator[int]:
    """`until`: on the monotonic clock. Raises OutOfTime."""
    for number in range(count):
        if time.monotonic() > until:
            raise OutOfTime
        yield number


PLAYED: dict[str, Drill] = {"polling": polling, "echo": echo}
NAMES = {
    "polling": gettext_lazy("Polling client: asks again and again for nobody's gesture (60 requests, 8 s)"),
    "echo": gettext_lazy("Echo pair: two programs that answer each other (11 requests)"),
}
RUNBOOKS = {"polling": "rate-limit", "echo": "request-loop"}
