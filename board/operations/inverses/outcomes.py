"""The ways back for how cards ended, and for many cards at once."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board.access import Seat
from board.models import Card, Outcome, Zone
from board.operations import bulk, outcomes
from board.operations.cards import card_on
from board.operations.errors import Conflict
from board.operations.inverses.base import Data, Inverse, expect, undoes
from collaboration.events import Log


def resolved(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = _back(data, seat)
    expect(str(card.outcome.uid) if card.outcome else None, data["outcome"]["id"])
    return outcomes.reopen(card, zone, log, data["rank"]["before"], **undoes(data))


def reopened(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = _back(data, seat)
    expect(card.outcome, None)
    outcome = Outcome.objects.get(card=card, uid=data["outcome"]["id"])
    return outcomes.decide(card, outcome, zone, log, data["rank"]["before"], **undoes(data))


def parked(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = _back(data, seat)
    reason, until = (data["parked"]["before"][field] for field in ("reason", "until"))
    day = date.fromisoformat(until) if until else None
    return outcomes.park(card, zone, reason, day, log, data["rank"]["before"], **undoes(data))


def cards_moved(data: Data, log: Log, seat: Seat) -> Any:
    rows = bulk.cards_on(seat, [UUID(fact["card"]) for fact in data["cards"]])
    for card, fact in zip(rows, data["cards"], strict=True):
        _expect_place(card, fact)
    zones = {str(zone.uid): zone for zone in seat.board.zones.all()}
    if any(fact["zone"]["before"] not in zones for fact in data["cards"]):
        raise Conflict(_("The zone it came from is gone. Nothing was taken back."))
    places = [
        (card, zones[fact["zone"]["before"]], fact["rank"]["before"])
        for card, fact in zip(rows, data["cards"], strict=True)
    ]
    return bulk.place_all(places, log, **undoes(data))


def _back(data: Data, seat: Seat) -> tuple[Card, Zone]:
    """The card where the change left it, and the zone it came from."""
    card = card_on(seat, UUID(data["card"]))
    _expect_place(card, data)
    zone = Zone.objects.filter(board=seat.board, uid=data["zone"]["before"]).first()
    if zone is None:
        raise Conflict(_("The zone it came from is gone. Nothing was taken back."))
    return card, zone


def _expect_place(card: Card, data: Data) -> None:
    now = {"zone": str(card.zone.uid), "rank": card.rank}
    expect(now, {"zone": data["zone"]["after"], "rank": data["rank"]["after"]})


INVERSES = {
    "card.resolved": Inverse(resolved, "edit_card"),
    "card.reopened": Inverse(reopened, "edit_card"),
    "card.parked": Inverse(parked, "edit_card"),
    "card.unparked": Inverse(parked, "edit_card"),
    "cards.moved": Inverse(cards_moved, "edit_card"),
}
