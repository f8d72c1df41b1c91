"""The ways back for how cards ended, and for many cards at once."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from board.access import Seat
from board.models import Outcome
from board.operations import bulk, outcomes
from board.operations.errors import Conflict
from board.operations.inverses.base import Data, Inverse, expect, undoes
from board.operations.inverses.places import back, expect_place
from collaboration.events import Log


def resolved(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = back(data, seat)
    expect(str(card.outcome.uid) if card.outcome else None, data["outcome"]["id"])
    return outcomes.reopen(card, zone, log, data["rank"]["before"], **undoes(data))


def reopened(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = back(data, seat)
    expect(card.outcome, None)
    outcome = Outcome.objects.get(card=card, uid=data["outcome"]["id"])
    return outcomes.decide(card, outcome, zone, log, data["rank"]["before"], **undoes(data))


def parked(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = back(data, seat)
    reason, until = (data["parked"]["before"][field] for field in ("reason", "until"))
    day = date.fromisoformat(until) if until else None
    return outcomes.park(card, zone, reason, day, log, data["rank"]["before"], **undoes(data))


def cards_moved(data: Data, log: Log, seat: Seat) -> Any:
    rows = bulk.cards_on(seat, [UUID(fact["card"]) for fact in data["cards"]])
    for card, fact in zip(rows, data["cards"], strict=True):
        expect_place(card, fact)
    zones = {str(zone.uid): zone for zone in seat.board.zones.all()}
    if any(fact["zone"]["before"] not in zones for fact in data["cards"]):
        raise Conflict(_("The zone it came from is gone. Nothing was taken back."))
    places = [
        (card, zones[fact["zone"]["before"]], fact["rank"]["before"])
        for card, fact in zip(rows, data["cards"], strict=True)
    ]
    return bulk.place_all(places, log, **undoes(data))


INVERSES = {
    "card.resolved": Inverse(resolved, "edit_card"),
    "card.reopened": Inverse(reopened, "edit_card"),
    "card.parked": Inverse(parked, "edit_card"),
    "card.unparked": Inverse(parked, "edit_card"),
    "cards.moved": Inverse(cards_moved, "edit_card"),
}
