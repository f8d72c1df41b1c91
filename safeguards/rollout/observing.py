"""What testers do, counted in memory as it happens and written down each second; never what they say."""

import logging
import threading
import time
from collections import Counter
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from safeguards import flags
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.flag_rows import LEFT
from safeguards.identity import header
from safeguards.models import StageRun, Tester
from safeguards.paths import resumes
from safeguards.rollout import contracts, elsewhere, tabs
from safeguards.rollout.sequential_test import SequentialTest, Verdict

logger = logging.getLogger(__name__)
PEOPLE = 10_000
COUNTED = ("requests", "errors", "edits", "reconnects")
ROUND = 20  # good answers of one tester and telling: a page sends fewer
TELL_SECONDS = 10.0  # a third of the silence that means HOLD
_counts: dict[int, Counter[str]] = {}
_tests: dict[tuple[str, int], SequentialTest] = {}
_tell_at = [0.0]
_is_new = [True]  # this process has not yet said that it judges
_lock = threading.Lock()


def noted(asked: Asked, send: Any) -> Any:
    """`send` of one request, which tells what became of it where a tester asked; everybody else's as it is."""
    kind, _colon, pk = asked.person.partition(":")
    if kind != "user" or not asked.bucket or not (features := flags.tested_by(int(pk))):
        return send
    saw_tab = asked.bucket == "read" and header(asked.scope, b"sec-fetch-dest") == "document"
    if saw_tab and causes.has_stream(asked.browser):
        tabs.opened(int(pk), asked.browser)

    async def telling(message: Any) -> None:
        if message["type"] == "http.response.start":
            _answered(asked, int(pk), features, message["status"])
        await send(message)

    return telling


def flush() -> None:
    """Write down what was counted; called each second by the chores. Never raises."""
    for pk in tabs.several():
        _count(pk, Counter(tab_episodes=1))
    with _lock:
        counted = dict(_counts)
        _counts.clear()
    try:
        _begin_anew()
        _judged()
        while counted:
            pk = next(iter(counted))
            _write(pk, counted[pk])
            del counted[pk]
    except (DatabaseError, InterfaceError):  # it does not answer, or the connection broke
        logger.exception("What testers did could not be written down yet.")
        with _lock:
            for pk, counts in counted.items():
                _counts.setdefault(pk, Counter()).update(counts)


def reset() -> None:
    """Nothing seen; for tests."""
    _counts.clear()
    _tests.clear()
    elsewhere.reset()
    tabs.reset()
    _tell_at[0] = 0.0
    _is_new[0] = True


def _answered(asked: Asked, pk: int, features: list[str], status: int) -> None:
    failed = status >= 500 and status != 503  # a 503 is the safeguards' own word
    counts: Counter[str] = Counter(requests=1, errors=int(failed))
    counts["edits"] = int(asked.bucket == "write" and 200 <= status < 300)
    counts["reconnects"] = int(asked.bucket == "stream" and status == 200 and resumes(asked.scope))
    _count(pk, counts)
    for feature in features:
        if feature == flags.resting():
            continue  # they do without it for now: that says nothing about it
        elsewhere.answered((feature, pk), failed=failed)
        if _judge((feature, pk), [failed]):
            contracts.violated(pk, "errors", {"status": status}, [feature])


def _count(pk: int, counts: Counter[str]) -> None:
    with _lock:
        if pk in _counts or len(_counts) < PEOPLE:
            _counts.setdefault(pk, Counter()).update(counts)


def told() -> dict[str, Any]:
    """What the other workers have to know of testers; empty while nothing is tested. From the event loop, in memory."""
    if not flags.is_testing():
        return {}
    people = {person: counts for person, counts in causes.repeats().items() if person.startswith("user:")}
    numbers = {int(person.partition(":")[2]): counts for person, counts in people.items()}
    return elsewhere.told({pk: counts for pk, counts in numbers.items() if flags.tested_by(pk)})


def hear(said: Any) -> None:
    """What the other workers told: the verdict counts all answers. From any thread, in memory."""
    news = elsewhere.hear(said)
    for (feature, pk), answers in news if flags.is_testing() else []:
        if not flags.is_on(feature, pk) or feature == flags.resting():
            continue
        if _judge((feature, pk), _in_order(*answers)):
            contracts.violated(pk, "errors", {"failed_elsewhere": answers.bad}, [feature])


def _in_order(good: int, bad: int) -> list[bool]:
    """Of what came within one telling the errors count first; in what piled up for longer they are spread evenly."""
    if good <= ROUND:
        return [True] * bad + [False] * good
    whole = good + bad
    return [number * bad // whole != (number + 1) * bad // whole for number in range(whole)]


def _judge(key: tuple[str, int], errors: list[bool]) -> bool:
    """Whether these answers were too many errors."""
    with _lock:
        test = _tests.setdefault(key, SequentialTest())
        rejected = any(test.see(error=error) is Verdict.REJECTED for error in errors)
        if rejected:
            del _tests[key]
    return rejected


def _begin_anew() -> None:
    """Once, as a process begins: what the one before had half seen of a stage is lost, so all of it counts no more."""
    if not _is_new[0]:
        return
    nothing = dict.fromkeys((*COUNTED, "tab_episodes"), 0)
    StageRun.objects.filter(ended_at=None).exclude(flag__stage="everyone").update(
        **nothing, judge_began_at=timezone.now(), residents_at=None, residents={}
    )
    _is_new[0] = False


def _judged() -> None:
    """Whoever judges says so: a stage that nobody judges is on HOLD. An idle server writes nothing."""
    now = time.monotonic()
    if not flags.is_testing() or now < _tell_at[0]:
        return
    _tell_at[0] = now + TELL_SECONDS
    StageRun.objects.filter(ended_at=None).exclude(flag__stage="everyone").update(judged_at=timezone.now())


@transaction.atomic  # whole or not at all: what was not written is tried again
def _write(pk: int, counts: Counter[str]) -> None:
    now = timezone.now()
    grown: dict[str, Any] = {name: F(name) + counts[name] for name in COUNTED}
    tabs = 2 if counts["tab_episodes"] else 1
    testers = Tester.objects.filter(user=pk).exclude(added_by=LEFT)
    testers = testers.exclude(flag__name=flags.resting())
    testers.update(**grown, seen_at=now, most_tabs=Greatest(F("most_tabs"), tabs))
    features = {*flags.tested_by(pk)} - {flags.resting()}
    StageRun.objects.filter(ended_at=None, flag__name__in=features).update(
        **grown, tab_episodes=F("tab_episodes") + counts["tab_episodes"]
    )
