"""May this go ahead? Every answer is a Decision; none of them asks a database."""

import threading
import time
from functools import cache

from safeguards import breakers, conf, flags, kill
from safeguards.kernel.decision import YES, Decision
from safeguards.kernel.rate_limit import Hold, RateLimiter

__all__ = ["Decision", "admit", "admit_stream", "keep_stream", "may_be_live", "sign_in_failed", "sign_in_refused"]
_lock = threading.Lock()


@cache
def limiter(name: str) -> RateLimiter:
    return RateLimiter(conf.rate(name), time.monotonic)


@cache
def hold() -> Hold:
    return Hold(time.monotonic)


def admit(bucket: str, key: str) -> Decision:
    with _lock:
        return limiter(bucket).admit(key)


def remaining(bucket: str, key: str) -> int:
    return limiter(bucket).remaining(key)


def may_be_live(feature: str, user_pk: int | None) -> Decision:
    """The effective flag: given to this person, not killed, breaker not open."""
    if kill.killed() is not None:
        return Decision(False, "killed")
    if not flags.is_on(feature, user_pk):
        return Decision(False, "flag_off")
    decision = breakers.ask()
    return decision if decision.allowed else Decision(False, "overload", decision.retry_after)


def admit_stream(person: str, browser: str, board: str, *, open_here: int, of_person: int, boards: int) -> Decision:
    """`open_here`: streams of this process; `of_person`: of this person; `boards`: of this browser."""
    decision = admit("stream", f"{person}|{browser}|{board}")
    if not decision.allowed:
        return decision
    if open_here >= conf.number("streams_per_process"):
        return Decision(False, "full", 5.0)
    if of_person >= conf.number("streams_per_person") or boards >= conf.number("boards_per_browser"):
        return Decision(False, "too_many_streams", 60.0)
    return YES


def keep_stream(feature: str, user_pk: int | None) -> Decision:
    """Asked for every open stream each second, in memory."""
    return may_be_live(feature, user_pk)


def sign_in_failed(address: str, name: str) -> None:
    admit("sign_in_failure", f"{address}|{name}")


def sign_in_refused(address: str, name: str) -> Decision:
    """Not allowed after ten failures a minute for this name from this address; asking costs nothing."""
    with _lock:
        left = limiter("sign_in_failure").remaining(f"{address}|{name}")
    return YES if left else Decision(False, "sign-in", conf.rate("sign_in_failure").interval)


def reset() -> None:
    """Forget every count; for tests."""
    limiter.cache_clear()
    hold.cache_clear()
