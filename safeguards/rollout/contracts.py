"""What a tester's page never does. One violation takes the feature from that tester: at once here, then everywhere."""

import logging
import queue
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.translation import gettext_noop

from safeguards import bags, conf, flags, incidents
from safeguards.causes import Causes, causes, levelled
from safeguards.identity import browser_key
from safeguards.models import StageRun
from safeguards.resources import gauges
from safeguards.rollout import elsewhere, operations

logger = logging.getLogger(__name__)
RULES = {
    "caused-by-event": gettext_noop("their page answered an event with a request"),
    "unknown-cause": gettext_noop("their page sent requests that nobody's hand began"),
    "hops": gettext_noop("a change of theirs went through more than three reactions"),
    "double-stream": gettext_noop(
        "one browser of theirs kept opening another stream of a board that it had one of"
    ),
    "r": gettext_noop("requests caused one another"),
    "mailbox": gettext_noop("more waited for their page than its mailbox holds"),
    "doubled-event": gettext_noop("their stream carried a change twice"),
    "lag": gettext_noop("the server answered too slowly while they were there"),
    "errors": gettext_noop("too many of their requests failed"),
}
REPAIRS = 2  # in ten seconds: as many as a page may send at once, when no stream of it began
WAITING = 1000


class Found(NamedTuple):
    """`at`: when, on this process's clock; from then on until the rollback is written is the containment."""

    feature: str
    pk: int
    rule: str
    evidence: dict[str, Any]
    at: float


_found: queue.Queue[Found] = queue.Queue(WAITING)
_late = [0]  # samples in a row with a late loop
_present: list[frozenset[int]] = [frozenset()]  # testers with a stream in this process
_aside: deque[int] = deque()  # whom the ladder has put aside since the last sample


def violated(pk: int, rule: str, evidence: dict[str, Any], features: list[str] | None = None) -> None:
    """From any thread. Nothing happens where this person tests nothing."""
    for feature in flags.tested_by(pk) if features is None else features:
        if not flags.is_on(feature, pk):
            continue  # found already
        flags.withhold(feature, pk)
        _find(feature, pk, rule, evidence)


def sample() -> None:
    """Once a second, in the sampler's thread, in memory."""
    if not flags.is_testing():
        _aside.clear()
        return
    for pk, rule, evidence in broken(causes):
        violated(pk, rule, evidence)
    while _aside:  # after what they did themselves, which says more
        violated(_aside.popleft(), "r", {"put_aside": True})
    _late[0] = _late[0] + 1 if gauges.value("loop_lag_ms") >= conf.number("lag_ms") else 0
    if _late[0] == 2:
        for pk in _present[0]:
            for feature in flags.tested_by(pk):
                _find(feature, pk, "lag", {"loop_lag_ms": gauges.value("loop_lag_ms")})


def put_aside(person: str) -> None:
    """The ladder has found this person behind a loop. From the sampler's thread, in any order with `sample`."""
    if (pk := _user(person)) is not None:
        _aside.append(pk)


def broken(counted: Causes) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Who broke which contract within the last ten seconds, as far as their own requests tell it: whatever others do,
    and whoever was put aside, changes nothing. Repeats count in whatever worker they were seen."""
    opens = counted.opens()
    for (person, browser, what), count in counted.top(10_000):
        pk = _user(person)
        if pk is not None and (rule := _rule(what, count, _repairs(opens[browser_key(browser)]))):
            yield pk, rule, {"what": what, "count": count, "browser": browser_key(browser)}
    for person, (began, again) in counted.repeats().items():
        pk = _user(person)
        if pk is None or not again:
            continue
        there = elsewhere.repeats(pk)
        began, again = began + there[0], again + there[1]
        if levelled(again / max(began, 1), began) >= conf.number("r_trip"):
            yield pk, "r", {"what": "gesture", "count": again, "causes": began}


def present(people: Iterable[int]) -> None:
    """Of whom each open stream of this process is, each second."""
    _present[0] = frozenset(pk for pk in people if flags.tested_by(pk))


def flush() -> None:
    """Roll back in the database what was found; called each second by the chores. Never raises."""
    while True:
        try:
            found = _found.get_nowait()
        except queue.Empty:
            return
        try:
            _roll_back(found)
        except (DatabaseError, InterfaceError):  # it does not answer, or the connection broke
            logger.exception(
                "The rollback of %s could not be written down; it stands in this process.", found.feature
            )
            _keep(found)
            return


def reset() -> None:
    """Nothing found; for tests."""
    _late[0], _present[0] = 0, frozenset()
    _aside.clear()
    while not _found.empty():
        _found.get_nowait()


def _find(feature: str, pk: int, rule: str, evidence: dict[str, Any]) -> None:
    gauges.count("violations")
    _keep(Found(feature, pk, rule, evidence, monotonic()))


def _keep(found: Found) -> None:
    """Until it is written down."""
    try:
        _found.put_nowait(found)
    except queue.Full:
        logger.error("More violations than can be written down: %s by user %s", found.rule, found.pk)


def _repairs(opens: int) -> int:
    """Each stream that begins may bring one with it, as on a network that comes and goes: no event has caused that.
    One more, as the stream of the first may have begun just before these ten seconds."""
    return max(REPAIRS, opens + 1)


def _rule(what: str, count: int, repairs: int) -> str:
    if what == "event":
        return "caused-by-event"
    if what in {"repair", "read"}:  # a gap is filled, or where that is not possible, the page read anew
        return "unknown-cause" if count > repairs else ""
    return "" if what == "gesture" else "unknown-cause"


def _user(person: str) -> int | None:
    kind, _colon, number = person.partition(":")
    return int(number) if kind == "user" and number.isdecimal() else None


def _roll_back(found: Found) -> None:
    feature, pk, rule, evidence, at = found
    run = StageRun.objects.filter(flag__name=feature, ended_at=None).first()
    if rule == "lag" and (run is None or not run.guarded):
        return  # nobody's fault that can be named: it ends a test that is guarded, not what the shell gave
    person = get_user_model().objects.filter(pk=pk).first()
    name = person.get_username() if person is not None else ""
    if name:
        actor, why = f"auto:{rule}", RULES[rule]
        evidence = {"person": name} | evidence
        since = timezone.now() - timedelta(seconds=monotonic() - at)
        done = operations.rollback(
            feature, actor=actor, reason=why, username=name, evidence=evidence, since=since
        )
        told = {"feature": feature, "person": name, "contract": rule, "words": why, "from_stage": done.was}
        if done.before is not None:  # else another worker found the same, and has written it down
            incidents.record("rollback", told | {"stage": str(done.stage)} | evidence)
            bags.seal_later(
                "rollback",
                feature=feature,
                stage=done.was,
                by=actor,
                reason=f"{name}: {why}",
                person=f"user:{pk}",
                contained=monotonic() - at,
                before=done.before,
            )
    flags.give_back(feature, pk)
