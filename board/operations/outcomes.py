"""How a card ends: resolved with an outcome, reopened, or parked with a reason."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board import facts
from board.models import Card, Outcome, User, Zone
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.cards import card_on, put
from board.operations.errors import Conflict
from board.operations.placing import end_of
from board.rank import between
from collaboration.events import Log

UNDECIDED = Outcome.Kind.NO_DECISION


@once
def resolve_card(card: UUID, by: User, mid: UUID, kind: str, statement: str, slug: str = "") -> Done:
    """With one sentence, into Resolved; without a decision into Unresolved."""
    kind, statement = values.choice(kind, "kind", Outcome.Kind), values.statement(statement)
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = card_on(seat, card)
        if on.outcome is not None:
            raise Conflict(_("This card is resolved already. Reopen it first; the old outcome is kept."))
        outcome = Outcome.objects.create(
            card=on, kind=kind, statement=statement, decided_by=by, decided_at=log.now
        )
        purpose = Zone.Purpose.UNRESOLVED if kind == UNDECIDED else Zone.Purpose.RESOLVED
        return Done(decide(on, outcome, end_of(seat.board, purpose=purpose), log), on)


@once
def reopen_card(card: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    """Back to Active; the old outcome is kept with the card."""
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = card_on(seat, card)
        if on.outcome is None:
            raise Conflict(_("This card is open."))
        return Done(reopen(on, end_of(seat.board, purpose=Zone.Purpose.ACTIVE), log), on)


@once
def park_card(card: UUID, by: User, mid: UUID, reason: str, until: str | None = None, slug: str = "") -> Done:
    """`until`: a day such as 2031-05-24, or None."""
    reason, day = values.reason(reason), values.day(until, "until")
    with writing(slug or slug_of("card", card), by, mid, "edit_card") as (log, seat):
        on = card_on(seat, card)
        return Done(park(on, end_of(seat.board, purpose=Zone.Purpose.PARKING), reason, day, log), on)


def decide(card: Card, outcome: Outcome, zone: Any, log: Log, rank: str = "", **data: Any) -> Any:
    card.outcome = outcome
    return log("card.resolved", **_put(card, zone, rank), outcome=facts.outcome(outcome), **data)


def reopen(card: Card, zone: Any, log: Log, rank: str = "", **data: Any) -> Any:
    outcome, card.outcome = card.outcome, None
    assert outcome is not None
    return log("card.reopened", **_put(card, zone, rank), outcome=facts.outcome(outcome), **data)


def park(
    card: Card, zone: Any, reason: str, until: date | None, log: Log, rank: str = "", **data: Any
) -> Any:
    before = facts.parked(card)
    card.parked_reason, card.parked_until = reason, until
    change = _put(card, zone, rank) | {"parked": {"before": before, "after": facts.parked(card)}}
    return log("card.parked" if reason else "card.unparked", **change, **data)


def _put(card: Card, zone: Any, rank: str) -> dict[str, Any]:
    """Into the zone, at its end unless a rank is given; saves outcome and reason with it."""
    fields = ("outcome", "parked_reason", "parked_until")
    return put(card, zone, rank or between(zone.last_rank, None), *fields)
