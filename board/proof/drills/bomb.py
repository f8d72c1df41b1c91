"""Fifty browsers whose handler writes two cards for every card that appears."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from board.proof.drills.bots import Bot
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from safeguards.kernel.hops import MAX_HOPS

BROWSERS, PUBLISHES, RESIDENTS = 50, 2, 6
IN_FLIGHT = 100  # of the bomb's own requests: it is to exhaust the server, not this process
PAUSE_SECONDS = 2.0  # three pages a second are no load yet that the processor's rule would see
SECONDS, CALMER_SECONDS = 22.0, 3.0  # shorter than a breaker rests before it tries again
AGAIN_SECONDS = 1.0  # a browser that was told goodbye knocks again
LOUD = "cpu-spin"  # what the processor's own rule is called


class FanOutBomb(Drill):
    """50 browsers, each answering every event with two of its own; R has to see it before the processor does.

    It holds as well where the processor's rule sees nothing at all: then R was in time for it never to be hot."""

    number, name, rule = "D3", "fan-out-bomb", "request-loop"
    proof = {"D3": ("published by one browser to one cause", "R tripped", "before the processor's rule did")}
    within = 2.0

    def run(self, lab: Lab) -> None:
        people = lab.people(BROWSERS + RESIDENTS + 1)
        board = people[0].board()
        bots = [Bot(person, number) for number, person in enumerate(people[RESIDENTS:])]
        bomb = Bomb(bots, board["zones"][0]["id"], board["epoch"])
        # Each card of residents would be a bomb more: they only read.
        move_in = partial(self.move_in, lab, people[:RESIDENTS], write=False, pause=PAUSE_SECONDS)
        cores = asyncio.run(bomb.explode(lab, move_in))
        self.notice_nothing()
        lab.acknowledged += bomb.acknowledged
        self.contained = max(0.0, bomb.last - bomb.began)
        most = max(bomb.published.values(), default=0)
        self.bound("published by one browser to one cause", most, at_most=PUBLISHES * MAX_HOPS, at_least=1)
        total = bomb.published.total()
        self.bound("published in all to one cause", total, at_most=BROWSERS * PUBLISHES * MAX_HOPS)
        self.bound("goodbyes", sorted({bot.ended for bot in bots if bot.ended}), equals=["overload"])
        loops, hot = _first(lab, self.rule), _first(lab, LOUD)
        self.bound("R tripped", loops is not None, equals=True)
        first = loops is not None and (hot is None or loops <= hot)
        self.bound("before the processor's rule did", first, equals=True)
        self.costs_little(cores)


class Bomb:
    def __init__(self, bots: list[Bot], zone: str, epoch: str) -> None:
        *self.armed, self.first = bots
        self.zone, self.epoch = zone, epoch
        self.published = Counter[str]()  # browser -> how often it was let in
        self.acknowledged: list[str] = []
        self.began = self.last = 0.0
        self._turn = asyncio.Semaphore(IN_FLIGHT)

    async def explode(self, lab: Lab, move_in: Callable[[], None]) -> float:
        """The cores that all workers use at the end, while the browsers go on."""
        opened = await asyncio.gather(*(bot.open() for bot in self.armed))
        if set(opened) != {200}:
            raise AssertionError(f"streams were refused: {Counter(opened)}")
        await asyncio.to_thread(move_in)
        handlers = [asyncio.ensure_future(self._handle(bot)) for bot in self.armed]
        self.began = time.monotonic()
        await self.first.write(self.zone, "The one that begins it", **{"X-Cause": str(uuid4())})
        await asyncio.sleep(SECONDS - CALMER_SECONDS)
        cores = await asyncio.to_thread(lab.cores, CALMER_SECONDS)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        for bot in self.armed:
            bot.close()
        return cores

    async def _handle(self, bot: Bot) -> None:
        answers: set[asyncio.Future[Any]] = set()
        while True:
            kind, data = await bot.event()
            while not kind:
                await asyncio.sleep(AGAIN_SECONDS)
                kind = "head" if await bot.open() == 200 else ""
            if kind != "change" or data["kind"] != "card.created":
                continue
            if data["actor"]["name"] != bot.person.name:
                for number in range(PUBLISHES):
                    answers.add(answer := asyncio.ensure_future(self._publish(bot, data["seq"], number)))
                    answer.add_done_callback(answers.discard)

    async def _publish(self, bot: Bot, seq: int, number: int) -> None:
        text = f"{bot.browser} answers {seq} for the time {number}"
        async with self._turn:
            status, card = await bot.write(self.zone, text, **{"X-Caused-By": f"{self.epoch}-{seq}"})
        if status == 201:
            self.published[bot.browser] += 1
            self.acknowledged.append(card)
            self.last = time.monotonic()


def _first(lab: Lab, rule: str) -> str | None:
    """When it was first on file; ISO times of one clock compare as texts."""
    return min((incident["began"] for incident in lab.filed(rule)), default=None)
