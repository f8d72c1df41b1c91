"""An exported board as it comes in: nothing in the file is believed before it was looked at."""

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board.replay import Damaged, Facts

FORMAT, VERSION = "parley-board", 1
DEEP = 20  # levels; a log has eight
BIG = 10**15  # no number in a log has more digits


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the file tells it."""

    seq: int
    kind: str
    actor: tuple[UUID, str] | None
    at: datetime
    mid: str
    cause: str
    hop: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Portable:
    digest: str
    people: dict[UUID, tuple[str, str]]  # id -> name and username
    events: list[Told]

    @property
    def creator(self) -> UUID | None:
        actor = self.events[0].actor
        return actor[0] if actor else None


def read(raw: bytes) -> Portable:
    """Raises Damaged with a sentence."""
    file = Facts(_parsed(raw), "file")
    if file.raw("format") != FORMAT or file.whole("version") != VERSION:
        raise Damaged(_("This is not a board that Parley exported, or by a later version of it."))
    people = {
        UUID(fact.uid("id")): (fact.text("name", 150), fact.text("username", 150))
        for fact in file.each("people")
    }
    events = [_event(fact, seq) for seq, fact in enumerate(file.each("events"), start=1)]
    if not events or events[0].kind != "board.created" or file.whole("head") != len(events):
        raise Damaged(_("The log is not whole: it has to begin with the board and to end at its head."))
    if len({event.mid for event in events}) < len(events):
        raise Damaged(_("Two events have the same mid."))
    return Portable(hashlib.sha256(raw).hexdigest(), people, events)


def _event(fact: Facts, seq: int) -> Told:
    try:
        if fact.whole("seq") != seq:
            raise Damaged(_("The numbers of the events have a gap here."))
        cause = None if fact.raw("cause") is None else fact.text("cause", 64)
        fact.part("data")
        return Told(
            seq=seq,
            kind=fact.text("kind", 40, 1),
            actor=fact.person("actor"),
            at=fact.time("at"),
            mid=fact.uid("mid"),
            cause=cause or "",
            hop=fact.whole("hop", most=100),
            data=fact.raw("data"),
        )
    except Damaged as damaged:
        raise at_event(seq, damaged) from damaged


def at_event(seq: int, damaged: Damaged) -> Damaged:
    return Damaged(_("Event %(seq)s: %(what)s") % {"seq": seq, "what": damaged})


def _parsed(raw: bytes) -> Any:
    try:
        value = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise Damaged(
            _("This file is not valid JSON. Export the board again and choose that file.")
        ) from error
    _refuse_unsound(value)
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is there twice")
    return found


def _refuse_unsound(value: Any) -> None:
    """What no database keeps and no answer can carry: NUL, half characters, endless numbers, endless depth."""
    level = [value]
    for _depth in range(DEEP):
        below: list[Any] = []
        for one in level:
            below += (
                [*one.keys(), *one.values()]
                if isinstance(one, dict)
                else one
                if isinstance(one, list)
                else []
            )
            if not _is_sound(one):
                raise Damaged(_("The file contains a text or number that cannot be kept."))
        level = below
    if level:
        raise Damaged(_("The file is nested too deeply."))


def _is_sound(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) < BIG
