"""May this go ahead? Every answer is a Decision with a reason; none of them asks a database."""

import hashlib
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from safeguards import breakers, conf, flags, kill, leases, limits, paths, pressure
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.identity import browser_key
from safeguards.kernel.decision import YES, Decision
from safeguards.kernel.hold import Hold
from safeguards.limits import admit
from safeguards.parking import parking
from safeguards.patience import Patience

__all__ = [
    "Decision",
    "admit",
    "admit_reaction",
    "admit_request",
    "admit_request_everywhere",
    "admit_stream",
    "has_place",
    "hold",
    "is_allowed",
    "is_off",
    "keep_stream",
    "may_be_live",
    "on_refusal",
    "refused",
    "sign_in_failed",
    "sign_in_refused",
    "stance",
]
DETAIL = 200  # characters of a person's reason; a header and a status line hold them
UNCAUSED = frozenset({"read", "write", "draft"})  # streams and repairs have limits of their own
OPENING = frozenset({"stream", "repair"})
Told = Callable[[str, str, Decision], None]
_tell: list[Told] = []
_telling = threading.Lock()
house = Patience(5.0)  # of who finds every place of this process taken


@cache
def hold() -> Hold:
    """What is borne of a key is so much of all processes together, each of which bears its part."""
    borne = conf.limit("hold_refusals")
    part = min(borne, max(1, borne // conf.limit("processes")))
    return Hold(time.monotonic_ns, part, conf.number("hold_window_seconds"))


def admit_request(asked: Asked) -> Decision:
    """As this process counts. Its own limits first: one person's flood does not use up what everybody shares."""
    return limits.admit_here(plan(asked))


async def admit_request_everywhere(asked: Asked) -> Decision:
    """As all processes count together, where they share a store."""
    gesture = asked.cause if asked.began_something else ""
    return await limits.admit_everywhere(plan(asked), gesture, lambda: causes.repeated(asked))


def admit_reaction(asked: Asked) -> Decision:
    """While requests cause one another, what reacts to an event waits outside; what people do goes in."""
    if not asked.caused_by:
        return YES
    for key in (asked.person, browser_key(asked.browser)):
        if not (aside := breakers.ask_person(key)).allowed:
            return aside
    return breakers.ask()


def plan(asked: Asked) -> list[tuple[str, str]]:
    """Which limits count this request, and under which key each."""
    bucket = asked.bucket
    if not bucket:
        return []
    pairs = []
    if asked.is_uncaused and asked.is_proven and bucket in UNCAUSED:
        # By address an office would share it; there the limits of the kind have to do.
        pairs.append(("uncaused", f"{bucket}|{asked.person}"))
    if bucket not in OPENING or asked.is_proven:  # the own limit follows once somebody is proven
        pairs.append((bucket, paths.key_for(bucket, asked.person, asked.scope)))
    if bucket in OPENING:
        # Browser and path are the client's claims: varying them stays within what one person may open.
        pairs.append(("streams", asked.person))
    # Nobody knows yet whether it is staff: their own limit, a small one, has to do.
    if (shared := paths.SHARED.get(bucket)) and not asked.operates:
        # Whoever has no account here cannot use up what people who have one share.
        pairs.append((shared, "host") if asked.is_proven else ("strangers", shared))
    return pairs


def may_be_live(feature: str, user_pk: int | None, key: str = "", browser: str = "") -> Decision:
    """The effective flag: not killed, lease fresh, given to this person, not resting, not quarantined, no overload.

    `key`: as the limits know who asks, where that is not the person but a token of theirs; `browser`: its cookie."""
    off = is_off(f"user:{user_pk}", key, browser_key(browser))
    if off.reason != "killed" and leases.is_fresh() and not flags.is_on(feature, user_pk):
        return Decision(False, "flag_off")
    if off.allowed and flags.resting() == feature:
        return pressure.pause()  # no word about the flag: it comes back with the level, and nobody has to act
    return off


def is_off(*keys: str) -> Decision:
    """The same as far as it is known in memory of whoever the limits know by these keys; no flag is looked at."""
    if (why := kill.killed()) is not None:
        return Decision(False, "killed", detail=why[:DETAIL])
    if not leases.is_fresh():
        return Decision(False, "overload", leases.patience.seconds())
    for ask in (*map(breakers.ask_person, {*keys}), pressure.ask(), breakers.ask()):
        if not ask.allowed:
            return Decision(False, "overload", ask.retry_after)
    return YES


def is_allowed(feature: str, user_pk: int | None) -> bool:
    """Nothing switches this feature off for this person, as pages are told."""
    return may_be_live(feature, user_pk).allowed


def stance() -> tuple[Any, ...]:
    """Changes whenever what open streams are allowed may have changed for many; cheap enough for four times a second."""
    return (
        kill.killed(),
        leases.is_fresh(),
        pressure.ask().allowed,
        breakers.ask().allowed,
        breakers.version(),
        flags.version(),
        flags.withheld(),
        flags.resting(),
    )


def has_place(*, open_here: int, of_person: int, boards: int) -> Decision:
    """Whether one more stream fits in this process; the same counts as of `admit_stream`."""
    if of_person >= conf.limit("streams_per_person") or boards >= conf.limit("boards_per_browser"):
        return Decision(False, "too_many_streams", 60.0)
    if open_here >= conf.limit("streams_per_process"):
        return Decision(False, "full", house.seconds())
    return YES


async def admit_stream(
    person: str, browser: str, board: str, *, open_here: int = 0, of_person: int = 0, boards: int = 0
) -> Decision:
    """`open_here`: streams of this process; `of_person`: of this person; `boards`: of this browser, not this one."""
    decision = await limits.admit_everywhere([("stream", f"{person}|{browser_key(browser)}|{board}")])
    if not decision.allowed:
        return decision
    place = has_place(open_here=open_here, of_person=of_person, boards=boards)
    if not place.allowed:
        return place
    house.is_back()
    probe = breakers.attempt(person)
    return probe if probe.allowed else Decision(False, "full", probe.retry_after)


def keep_stream(feature: str, user_pk: int | None, key: str = "", browser: str = "") -> Decision:
    """Asked for every open stream each second, in memory."""
    return may_be_live(feature, user_pk, key, browser)


def on_refusal(tell: Told) -> None:
    """`tell(person, browser, decision)` hears of refusals, so that open streams can say so in words."""
    if tell not in _tell:
        _tell.append(tell)


def refused(asked: Asked, decision: Decision) -> None:
    if asked.bucket == "draft":
        return  # the page keeps the text itself and saves it later: nobody has to hear of it
    for tell in _tell:
        tell(asked.person, asked.browser, decision)


def sign_in_failed(address: str, name: str) -> None:
    """Count a wrong password for this name from this address."""
    admit("sign_in_failure", _name_key(address, name))


def sign_in_refused(address: str, name: str) -> Decision:
    """Not allowed after ten failures a minute for this name from this address; asking costs nothing."""
    return admit("sign_in_failure", _name_key(address, name), cost=0)


def _name_key(address: str, name: str) -> str:
    # Hashed: a name of a megabyte makes no bigger key, and "Ada" is not told apart from "ada".
    return f"{address}|{hashlib.sha256(name.casefold().encode('utf-8', 'surrogatepass')).hexdigest()}"


def reset() -> None:
    """Forget every count; for tests."""
    limits.reset()
    hold.cache_clear()
    parking.cache_clear()
