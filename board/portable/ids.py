"""The ids of a log's own things, given anew where some are taken here, and given back in an export.

An id here is the file's id XOR one random number per import, so that no table of pairs is needed. People keep theirs.
"""

import secrets
from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps

from board.models import User
from board.replay.facts import UID

PERSON = {"id", "name"}  # exactly these fields: a person, who is the same everywhere
TEXTS = frozenset({"body", "title", "titles", "name", "statement", "reason", "username", "mentions"})
SHAPE = UUID(int=~(0xF << 76 | 0x3 << 62) & (1 << 128) - 1)  # all bits but those of version and variant
NONE = UUID(int=0)
BATCH = 500  # ids of one query


def new_mask() -> UUID:
    return UUID(int=secrets.randbits(128) & SHAPE.int)


class Relabelled:
    """One pass over a log from its start: whatever an event brings in is known to those after it."""

    def __init__(self, mask: UUID) -> None:
        self._mask = mask.int
        self.known: dict[str, str] = {}

    def __call__(self, data: Any) -> Any:
        """`data` with its own ids replaced."""
        for uid in own_ids(data):
            self.known.setdefault(uid, str(UUID(int=UUID(uid).int ^ self._mask)))
        return self._replaced(data)

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: inner if name in TEXTS or value.keys() == PERSON else self._replaced(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._replaced(inner) for inner in value]
        return self.known.get(value, value) if isinstance(value, str) else value


def own_ids(value: Any) -> Iterable[str]:
    """Ids of the things that stand whole in an event's data."""
    if isinstance(value, dict):
        if value.keys() == PERSON:
            return
        if isinstance(value.get("id"), str) and UID.fullmatch(value["id"]):
            yield value["id"]
        for name, inner in value.items():
            if name not in TEXTS:
                yield from own_ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from own_ids(inner)


def is_any_taken(ids: Iterable[str]) -> bool:
    """Whether something here has one of these ids."""
    models = [
        model
        for model in apps.get_models()
        if model is not User and any(field.name == "uid" for field in model._meta.fields)
    ]
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        if any(model._default_manager.filter(uid__in=batch).exists() for model in models):
            return True
    return False
