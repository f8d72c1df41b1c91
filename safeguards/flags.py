"""Who has a feature now: answered from memory, from a snapshot that is never older than a second or two."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import DatabaseError, InterfaceError, connections
from django.http import HttpRequest
from django.utils import timezone

from safeguards import flag_rows
from safeguards.flag_rows import Answer
from safeguards.resources import commits
from safeguards.stages import place

logger = logging.getLogger(__name__)
Condition = Callable[[str, int | None], bool]
_answers: dict[str, Answer] = {}
_flags: dict[str, Any] = {}
_withheld: set[tuple[str, int]] = set()
_newest_rests = [False]
_conditions: list[Condition] = []
_lock = threading.Lock()  # also while reading: a slow reader must not overwrite a newer snapshot
_loaded = threading.Event()
_version = [0]
# What `follow` had seen before the last reading; empty when somebody else made that.
_read_as = list[object]()
TRY_SECONDS = 5.0  # between two first readings from the event loop
FIRST_SECONDS = (
    0.2  # that the event loop waits for one, below what counts as late; until it is there, all is off
)
_tried_at = [-TRY_SECONDS]


def follow() -> None:
    """`refresh`, unless nothing was committed since the last time, and no flag ended or began anew by the clock."""
    mark = commits.mark()
    seen = (mark, _expired())
    if mark is None or not _loaded.is_set() or _read_as != [seen]:
        refresh(seen)


def refresh(seen: object = None) -> None:
    """Read every flag, its people and its stage: three queries, whatever the number of people."""
    with _lock:
        _read_as.clear()  # others may read within a transaction that is undone: then `follow` reads again
        rows, fresh = flag_rows.read()
        is_news = fresh != _answers
        _replace(_answers, fresh)
        _replace(_flags, rows)
        _version[0] += is_news  # last: who sees another number finds the new answers
        if seen is not None:
            _read_as.append(seen)
        _loaded.set()


def forget() -> None:
    """The next question reads again; for tests, and after a fork."""
    _loaded.clear()
    _tried_at[0] = -TRY_SECONDS


def require(condition: Condition) -> None:
    """From now on the effective answer also needs this one; it is asked in memory, on every page."""
    if condition not in _conditions:
        _conditions.append(condition)


def flag(name: str) -> Any:
    """The flag's row as of the last refresh; an unsaved one, off for everybody, when there is none."""
    _ensure_loaded()
    found = _flags.get(name)
    return found if found is not None else apps.get_model("safeguards", "Flag")(name=name)


def is_on(feature: str, user_pk: int | None) -> bool:
    """Whether this person was given the feature. Kill switch and breakers are asked separately."""
    _ensure_loaded()
    answer = _answers.get(feature)
    if answer is None or user_pk is None:
        return False
    if (feature, user_pk) in _withheld:
        return False
    if answer.everyone is not None:
        return answer.everyone
    return user_pk in answer.people or (place(feature, user_pk) < answer.share and user_pk not in answer.left)


def tested_by(user_pk: int) -> list[str]:
    """The features that this person has as a tester or as one of a share, not with everybody."""
    return [
        name for name, answer in list(_answers.items()) if answer.everyone is None and is_on(name, user_pk)
    ]


def is_testing() -> bool:
    """Whether any feature is given to some and not to others."""
    return any(answer.is_tested for answer in list(_answers.values()))


def rest_newest(rests: bool) -> None:
    """In this process and in memory alone: who tests the newest stage does without, and stays its tester."""
    _newest_rests[0] = rests


def resting() -> str:
    """The feature that its testers do without for now; empty for none. Others have it, or never had it."""
    if not _newest_rests[0]:
        return ""
    running = {name: answer.began for name, answer in list(_answers.items()) if answer.is_tested}
    began = {name: at for name, at in running.items() if at is not None}
    return max(began, key=began.__getitem__, default="")


def version() -> int:
    """Another one after each refresh that changed somebody's answer."""
    return _version[0]


def withheld() -> frozenset[tuple[str, int]]:
    return frozenset(_withheld)


def stage_of(feature: str) -> str:
    answer = _answers.get(feature)
    return answer.stage if answer is not None else ""


def withhold(feature: str, user_pk: int) -> None:
    """In this process at once, until the next refresh after `give_back`: the database follows."""
    _withheld.add((feature, user_pk))


def give_back(feature: str, user_pk: int) -> None:
    _withheld.discard((feature, user_pk))


def is_effective(feature: str, user_pk: int | None) -> bool:
    """Given to this person, and nothing switches it off for everybody."""
    return is_on(feature, user_pk) and all(condition(feature, user_pk) for condition in _conditions)


class SnapshotFlag:
    """waffle's questions, answered from the snapshot: no query, no cookie, no chance, no stale cache."""

    name: str

    @classmethod
    def get(cls, name: str) -> Any:
        return flag(name)

    def is_active(self, request: HttpRequest, read_only: bool = False) -> bool:
        return self.is_active_for_user(getattr(request, "user", None))

    def is_active_for_user(self, user: Any) -> bool:
        return bool(user is not None and user.is_active and is_effective(self.name, user.pk))


def _ensure_loaded() -> None:
    if _loaded.is_set():
        return
    if not _is_in_event_loop():
        refresh()
        return
    # When a stream opens before anything else asked: the loop may not query, nor wait for long. A database that does
    # not answer is asked again by whoever refreshes; until then nobody has any flag.
    if time.monotonic() - _tried_at[0] < TRY_SECONDS:
        return
    _tried_at[0] = time.monotonic()
    reader = threading.Thread(target=_refresh_apart, name="flags", daemon=True)
    reader.start()
    reader.join(FIRST_SECONDS)


def _refresh_apart() -> None:
    try:
        refresh()
    except (DatabaseError, InterfaceError):
        logger.exception("The flags could not be read; until they are, nobody has any.")
    finally:
        connections.close_all()


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _expired() -> frozenset[str]:
    now = timezone.now()
    return frozenset(
        name for name, row in list(_flags.items()) if row.expires_at is not None and row.expires_at <= now
    )


def _replace(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Readers take no lock: a name that stays is never missing, not even for a moment."""
    old.update(new)
    for name in old.keys() - new.keys():
        del old[name]
