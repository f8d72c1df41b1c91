"""Fifty browsers whose handler writes two cards for every card that appears."""

import asyncio
import time
from collections import Counter
from typing import Any
from uuid import uuid4

from board.proof.drills.bots import Bot
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from safeguards.kernel.hops import MAX_HOPS

BROWSERS, PUBLISHES = 50, 2
SECONDS = 8.0
LOUD = frozenset({"cpu-spin"})  # what the processor's own rule is called


class FanOutBomb(Drill):
    """50 browsers, each answering every event with two of its own; R has to see it before the processor does."""

    number, name, rule = "D3", "fan-out-bomb", "request-loop"
    within = 2.0

    def run(self, lab: Lab) -> None:
        people = lab.people(BROWSERS + 1)
        board = people[0].board()
        bots = [Bot(person, number) for number, person in enumerate(people)]
        published, self.contained = asyncio.run(_explode(bots, board["zones"][0]["id"], board["epoch"]))
        most = max(published.values(), default=0)
        self.bound("published by one browser to one cause", most, at_most=PUBLISHES * MAX_HOPS, at_least=1)
        self.bound(
            "published in all to one cause", published.total(), at_most=BROWSERS * PUBLISHES * MAX_HOPS
        )
        said = {bot.ended for bot in bots if bot.ended}
        self.bound("goodbyes", sorted(said), equals=["overload"])
        loops = _first(lab, self.rule)
        hot = min((at for rule in LOUD if (at := _first(lab, rule))), default=None)
        self.bound("R tripped", loops is not None, equals=True)
        self.bound("before the processor's rule did", hot is None or (loops or hot) <= hot, equals=True)


def _first(lab: Lab, rule: str) -> str | None:
    """When it was first on file; ISO times of one clock compare as texts."""
    return min((incident["began"] for incident in lab.filed(rule)), default=None)


async def _explode(bots: list[Bot], zone: str, epoch: str) -> tuple[Counter[str], float]:
    """Who published how often, and how long after the first the last one was let in."""
    *armed, first = bots
    opened = await asyncio.gather(*(bot.open() for bot in armed))
    if set(opened) != {200}:
        raise AssertionError(f"streams were refused: {Counter(opened)}")
    published, last = Counter[str](), [0.0]
    handlers = [asyncio.ensure_future(_handle(bot, zone, epoch, published, last)) for bot in armed]
    await asyncio.sleep(0.5)
    began = time.monotonic()
    await first.write(zone, "The one that begins it", **{"X-Cause": str(uuid4())})
    await asyncio.sleep(SECONDS)
    for handler in handlers:
        handler.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)
    for bot in armed:
        bot.close()
    return published, max(0.0, last[0] - began)


async def _handle(bot: Bot, zone: str, epoch: str, published: Counter[str], last: list[float]) -> None:
    answers: set[asyncio.Future[Any]] = set()
    while True:
        kind, data = await bot.event()
        if not kind:
            return
        if kind != "change" or data["kind"] != "card.created" or data["actor"]["name"] == bot.person.name:
            continue
        for number in range(PUBLISHES):
            text = f"{bot.browser} answers {data['seq']} for the time {number}"
            answer = asyncio.ensure_future(
                _publish(bot, zone, text, f"{epoch}-{data['seq']}", published, last)
            )
            answers.add(answer)
            answer.add_done_callback(answers.discard)


async def _publish(
    bot: Bot, zone: str, text: str, event: str, published: Counter[str], last: list[float]
) -> None:
    if await bot.write(zone, text, **{"X-Caused-By": event}) == 201:
        published[bot.browser] += 1
        last[0] = time.monotonic()
