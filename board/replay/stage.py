"""Where a replay builds: every row of the board in memory, saved at once at the end."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from board.models import Board, Card, User
from board.replay.facts import Damaged
from board.replay.people import People
from collaboration.models import Channel, CollaborationSession

Row = TypeVar("Row", bound=Model)
BATCH = 500  # rows of one statement


class Stage:
    """Rows by model and key. `board` and `channel` are saved already."""

    def __init__(self, board: Board, channel: Channel, people: People) -> None:
        self.board, self.channel, self.people = board, channel, people
        # In order of the first row of each: what a row points to was there before it.
        self._rows: dict[type[Model], dict[Any, Any]] = {}

    def add(self, key: Any, row: Row) -> Row:
        rows = self._rows.setdefault(type(row), {})
        if key in rows:
            raise Damaged(_("%(id)s is there already.") % {"id": key})
        rows[key] = row
        return row

    def find(self, model: type[Row], key: Any) -> Row | None:
        return self._rows.get(model, {}).get(key)

    def get(self, model: type[Row], key: Any) -> Row:
        row = self.find(model, key)
        if row is None:
            raise Damaged(_("%(id)s is not on this board.") % {"id": key})
        return row

    def drop(self, model: type[Model], key: Any) -> None:
        self._rows.get(model, {}).pop(key, None)

    def all(self, model: type[Row]) -> list[Row]:
        return list(self._rows.get(model, {}).values())

    def person(self, person: tuple[UUID, str] | None) -> User | None:
        return self.people.get(person)

    def running(self) -> CollaborationSession | None:
        return next((row for row in self.all(CollaborationSession) if row.is_running), None)

    def save(self) -> None:
        self.board.save()
        # A card points to its outcome and the outcome to its card: one of the two comes later.
        decided = [(card, card.outcome) for card in self.all(Card) if card.outcome is not None]
        for card, _outcome in decided:
            card.outcome = None
        for model, rows in self._rows.items():
            model._default_manager.bulk_create(rows.values(), batch_size=BATCH)
        for card, outcome in decided:
            card.outcome = outcome
        Card.objects.bulk_update([card for card, _outcome in decided], ["outcome"], batch_size=BATCH)
