"""What the other workers saw of testers: told with each heartbeat, passed on by the supervisor, and counted with the own."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

MOST = 20  # testers of a worker; who failed or repeated most is told
Told = dict[str, Any]  # as JSON has it
Key = tuple[str, int]  # feature, person


class Answers(NamedTuple):
    """Of one tester since a worker began."""

    good: int = 0
    bad: int = 0


class News(NamedTuple):
    key: Key
    answers: Answers  # since it was last heard


_own: dict[Key, Answers] = {}
_heard: dict[int, dict[Key, Answers]] = {}  # worker -> what it has told
_repeats: dict[int, tuple[int, int]] = {}  # person -> causes, and requests that repeated one, of the others
_lock = threading.Lock()


def answered(key: Key, *, failed: bool) -> None:
    with _lock:
        good, bad = _own.get(key, Answers())
        _own[key] = Answers(good + (not failed), bad + failed)


def told(repeats: dict[int, tuple[int, int]]) -> Told:
    """Of this worker. `repeats`: of testers, causes and requests that repeated one, within ten seconds."""
    with _lock:
        answers = sorted(_own.items(), key=lambda item: (item[1].bad, item[1].good), reverse=True)[:MOST]
    again = sorted(repeats.items(), key=lambda item: (item[1][1], item[1][0]), reverse=True)[:MOST]
    return {
        "answers": [[*key, *counts] for key, counts in answers],
        "repeats": [[pk, *counts] for pk, counts in again],
    }


def hear(said: Any) -> list[News]:
    """Worker -> what it told, of all others. What a worker had seen before it was first heard is no news; what cannot
    be understood is left out."""
    news: list[News] = []
    repeats: dict[int, tuple[int, int]] = {}
    with _lock, suppress(TypeError, ValueError, AttributeError, OverflowError):
        workers = {int(pid): of_worker for pid, of_worker in said.items()}
        for pid in _heard.keys() - workers.keys():
            del _heard[pid]
        for pid, of_worker in workers.items():
            news += _news(pid, of_worker.get("answers", []))
            for person, began, again in of_worker.get("repeats", []):
                before = repeats.get(int(person), (0, 0))
                repeats[int(person)] = before[0] + int(began), before[1] + int(again)
    _repeats.clear()
    _repeats.update(repeats)
    return news


def repeats(pk: int) -> tuple[int, int]:
    return _repeats.get(pk, (0, 0))


def reset() -> None:
    """Nothing seen anywhere; for tests."""
    _own.clear()
    _heard.clear()
    _repeats.clear()


def _news(pid: int, rows: Any) -> Iterator[News]:
    is_new = pid not in _heard
    known = _heard.setdefault(pid, {})
    for feature, person, good, bad in rows:
        key, now = (str(feature), int(person)), Answers(int(good), int(bad))
        before = now if is_new else known.get(key, Answers())
        known[key] = now
        if now != before and min(now.good - before.good, now.bad - before.bad) >= 0:
            yield News(key, Answers(now.good - before.good, now.bad - before.bad))
