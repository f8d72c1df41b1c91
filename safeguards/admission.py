"""May this go ahead? Every answer is a Decision with a reason; none of them asks a database."""

import hashlib
import threading
import time
from functools import cache
from typing import Any

from safeguards import breakers, conf, flags, kill, paths
from safeguards.identity import person_key
from safeguards.kernel.decision import YES, Decision
from safeguards.kernel.rate_limit import Hold, RateLimiter

__all__ = [
    "Decision",
    "admit",
    "admit_request",
    "admit_stream",
    "hold",
    "is_allowed",
    "keep_stream",
    "may_be_live",
    "sign_in_failed",
    "sign_in_refused",
]
_lock = threading.Lock()
DETAIL = 200  # characters of a person's reason; a header and a status line hold them


@cache
def limiter(name: str) -> RateLimiter:
    return RateLimiter(conf.rate(name), time.monotonic_ns)


@cache
def hold() -> Hold:
    return Hold(time.monotonic_ns, conf.limit("hold_refusals"), conf.number("hold_window_seconds"))


def admit(bucket: str, key: str) -> Decision:
    """Count one attempt. A refusal's reason is the name of the limit."""
    with _lock:
        decision = limiter(bucket).admit(key)
    return decision if decision.allowed else Decision(False, bucket, decision.retry_after)


def admit_request(scope: Any) -> Decision:
    """Its own limit first, so that one person's flood does not use up what everybody shares."""
    bucket = paths.bucket_of(scope)
    if not bucket:
        return YES
    decision = _admit_own(bucket, scope)
    shared = paths.SHARED.get(bucket)
    return admit(shared, "host") if decision.allowed and shared else decision


def _admit_own(bucket: str, scope: Any) -> Decision:
    key = paths.key_for(bucket, scope)
    if bucket not in {"stream", "repair"}:
        return admit(bucket, key)
    # Browser and path are the client's claims: varying them stays within one person's reads.
    decision = admit("read", person_key(scope))
    if not decision.allowed or key.startswith("address:"):
        return decision  # nobody is proven yet: the stream's own limit follows once somebody is
    return admit(bucket, key)


def may_be_live(feature: str, user_pk: int | None) -> Decision:
    """The effective flag: given to this person, not killed, breaker not open."""
    if (why := kill.killed()) is not None:
        return Decision(False, "killed", detail=why[:DETAIL])
    if not flags.is_on(feature, user_pk):
        return Decision(False, "flag_off")
    decision = breakers.ask()
    return decision if decision.allowed else Decision(False, "overload", decision.retry_after)


def is_allowed(feature: str, user_pk: int | None) -> bool:
    """Nothing switches this feature off for this person, as pages are told."""
    return may_be_live(feature, user_pk).allowed


def admit_stream(
    person: str, browser: str, board: str, *, open_here: int = 0, of_person: int = 0, boards: int = 0
) -> Decision:
    """`open_here`: streams of this process; `of_person`: of this person; `boards`: of this browser, not this one."""
    decision = admit("stream", f"{person}|{browser}|{board}")
    if not decision.allowed:
        return decision
    probe = breakers.admit()
    if not probe.allowed:
        return Decision(False, "full", probe.retry_after)
    if open_here >= conf.limit("streams_per_process"):
        return Decision(False, "full", 5.0)
    if of_person >= conf.limit("streams_per_person") or boards >= conf.limit("boards_per_browser"):
        return Decision(False, "too_many_streams", 60.0)
    return YES


def keep_stream(feature: str, user_pk: int | None) -> Decision:
    """Asked for every open stream each second, in memory."""
    return may_be_live(feature, user_pk)


def sign_in_failed(address: str, name: str) -> None:
    """Count a wrong password for this name from this address."""
    admit("sign_in_failure", _name_key(address, name))


def sign_in_refused(address: str, name: str) -> Decision:
    """Not allowed after ten failures a minute for this name from this address; asking costs nothing."""
    with _lock:
        wait = limiter("sign_in_failure").wait(_name_key(address, name))
    return YES if wait <= 0 else Decision(False, "sign_in_failure", wait)


def _name_key(address: str, name: str) -> str:
    # Hashed: a name of a megabyte makes no bigger key, and "Ada" is not told apart from "ada".
    return f"{address}|{hashlib.sha256(name.casefold().encode('utf-8', 'surrogatepass')).hexdigest()}"


def reset() -> None:
    """Forget every count; for tests."""
    limiter.cache_clear()
    hold.cache_clear()
