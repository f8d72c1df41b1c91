"""Limits counted for all processes together, in Redis: one script per request, with the store's own clock."""

import asyncio
import logging
import time
from functools import cache
from typing import Any, NamedTuple

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 0.1  # a request waits for the store no longer
CONNECTIONS = 50  # to the store, of one process; its own pool would take the next one for an error
AWAY_SECONDS = 1.0  # and a store that is away is left alone for so long
PREFIX = "parley:limit:"
# GCRA as in the kernel, in microseconds. A process passes on what it knows itself (the hint), so that a store
# that starts empty gives nobody a second burst. It stops at the first limit that refuses: wait is then positive.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local hint, cost = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local arrival = math.max(tonumber(redis.call('GET', key) or '0'), now + hint)
  local wait = arrival - now - (burst - 1) * interval
  if wait > 0 then
    answers[#answers + 1] = {wait, arrival - now}
    return answers
  end
  arrival = arrival + cost * interval
  if cost > 0 then
    redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1000)
  end
  answers[#answers + 1] = {0, arrival - now}
end
return answers
"""


class Ask(NamedTuple):
    """One limit of one key, in microseconds; `hint`: how far ahead this process knows it to be."""

    key: str
    interval: int
    burst: int
    hint: int
    cost: int = 1


class Answer(NamedTuple):
    """`wait` until it is admitted (0: it was), `backlog` after it; both in microseconds."""

    wait: int
    backlog: int


class Store:
    """Answers None while it is away."""

    def __init__(self, url: str) -> None:
        how: dict[str, Any] = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
        self._sync = redis.Redis.from_url(url, retry=None, **how)
        self._async = redis.asyncio.Redis.from_url(url, retry=None, **how)
        self._script = self._sync.register_script(SCRIPT)
        self._async_script = self._async.register_script(SCRIPT)
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._away_until = 0.0
        self._known_away = False

    def ask(self, asks: list[Ask]) -> list[Answer] | None:
        if self.is_away():
            return None
        try:
            answers = _read(self._script(*_told(asks)))
        except (redis.RedisError, OSError) as error:
            self._left(error)
            return None
        self._answered()
        return answers

    async def ask_async(self, asks: list[Ask]) -> list[Answer] | None:
        if self.is_away() or not await self._is_in_turn():
            return None
        try:
            keys, arguments = _told(asks)
            answers = _read(await self._async_script(keys, arguments))
        except (redis.RedisError, OSError, TimeoutError) as error:
            self._left(error)
            return None
        finally:
            self._turns.release()
        self._answered()
        return answers

    async def _is_in_turn(self) -> bool:
        """Whether it may ask now, and has to release its turn. When so many ask at once that it would wait for too long,
        this process is busy, not the store away: only this one is counted here."""
        if not self._turns.locked():
            return await self._turns.acquire()
        try:
            return await asyncio.wait_for(self._turns.acquire(), TIMEOUT_SECONDS)
        except TimeoutError:
            return False

    def is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _left(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not self._known_away:
            self._known_away = True
            logger.warning("The store of the limits is away; this process admits its own share: %s", error)

    def _answered(self) -> None:
        if self._known_away and not self.is_away():  # else it answers what was asked before it left
            self._known_away = False
            logger.warning("The store of the limits is back.")


@cache
def store() -> Store | None:
    """None without REDIS_URL: one process counts for itself."""
    return Store(settings.REDIS_URL) if settings.REDIS_URL else None


def _told(asks: list[Ask]) -> tuple[list[str], list[int]]:
    return [PREFIX + ask.key for ask in asks], [number for ask in asks for number in ask[1:]]


def _read(answers: Any) -> list[Answer]:
    return [Answer(int(wait), int(backlog)) for wait, backlog in answers]
