"""The limits by name: counted here, or in the store of all processes, or as this process's share of them."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache

from safeguards import conf
from safeguards.kernel.decision import YES, Decision
from safeguards.kernel.rate_limit import RateLimiter
from safeguards.store import Answer, Ask, Store, store

Pairs = Sequence[tuple[str, str]]  # limit and key
_lock = threading.Lock()
GESTURE = 10_000_000  # microseconds for which a gesture is remembered
NS = 1000  # nanoseconds in a microsecond


@cache
def limiter(name: str) -> RateLimiter:
    """What this process knows; with a store, what that last said."""
    return RateLimiter(conf.rate(name), time.monotonic_ns)


@cache
def share(name: str) -> RateLimiter:
    """What this process may admit alone while the store is away."""
    return RateLimiter(conf.rate(name).share(conf.limit("processes")), time.monotonic_ns)


def admit(name: str, key: str, cost: int = 1) -> Decision:
    """Count one attempt, from a thread. A refusal's reason is the name of the limit. `cost` 0 only asks."""
    shared = store()
    if shared is None:
        return _admit_here([(name, key)], cost)
    pairs = [(name, key)]
    return _known(pairs, cost) or _settled(pairs, shared.ask(_asks(pairs, cost)), cost)


def admit_here(pairs: Pairs) -> Decision:
    """Count one attempt against each limit, up to the first that refuses."""
    return _admit_here(pairs, 1)


async def admit_everywhere(
    pairs: Pairs, gesture: str = "", repeated: Callable[[], None] = lambda: None
) -> Decision:
    """The same, for all processes together. What this process knows to be refused costs the store nothing.

    `repeated` is called when another process has seen this gesture within the last ten seconds."""
    shared: Store | None = store()
    if shared is None or not pairs:
        return _admit_here(pairs, 1)
    if (known := _known(pairs, 1)) is not None:
        return known
    seen = [Ask(f"gesture:{gesture}", GESTURE, 1, 0)] if gesture else []
    answers = await shared.ask_async([*_asks(pairs, 1), *seen])
    if answers is not None and len(answers) > len(pairs) and answers.pop().wait > 0:
        repeated()
    return _settled(pairs, answers, 1)


def reset() -> None:
    """Forget every count; for tests."""
    limiter.cache_clear()
    share.cache_clear()
    store.cache_clear()


def _admit_here(pairs: Pairs, cost: int) -> Decision:
    with _lock:
        return _admit_in_turn(limiter, pairs, cost)


def _known(pairs: Pairs, cost: int) -> Decision | None:
    """A refusal that needs no asking: the store counts at least what it told us.

    What stands before the limit that refuses is charged here: a flood of what everybody shares meets its own limit."""
    with _lock:
        if all(limiter(name).wait(key) <= 0 for name, key in pairs):
            return None
        decision = _admit_in_turn(limiter, pairs, cost)
    return None if decision.allowed else decision


def _asks(pairs: Pairs, cost: int) -> list[Ask]:
    with _lock:
        return [
            Ask(
                f"{name}:{key}",
                limiter(name).interval // NS,
                limiter(name).rate.burst,
                share(name).backlog(key) // NS,
                cost,
            )
            for name, key in pairs
        ]


def _settled(pairs: Pairs, answers: list[Answer] | None, cost: int) -> Decision:
    with _lock:
        if answers is None:
            return _admit_in_turn(share, pairs, cost)
        for (name, key), answer in zip(pairs, answers, strict=False):
            limiter(name).follow(key, answer.backlog * NS)
            share(name).follow(key, answer.backlog * NS)
            if answer.wait > 0:
                return Decision(False, name, answer.wait / 1e6)
    return YES


def _admit_in_turn(counts: Callable[[str], RateLimiter], pairs: Pairs, cost: int) -> Decision:
    for name, key in pairs:
        decision = counts(name).admit(key, cost)
        if not decision.allowed:
            return Decision(False, name, decision.retry_after)
    return YES
