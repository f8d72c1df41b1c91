"""The ways back for cards."""

from typing import Any
from uuid import UUID

from board import facts
from board.access import Seat
from board.operations import cards
from board.operations.inverses.base import Data, Inverse, expect, person, side, undoes
from board.operations.inverses.places import back
from collaboration.events import Log


def card_created(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]["id"]))
    expect(facts.card(card), data["card"])
    return cards.remove(card, log, **undoes(data))


def card_edited(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]))
    now = facts.card(card)
    expect({field: now[field] for field in data["changes"]}, side(data["changes"], "after"))
    before = side(data["changes"], "before")
    if "assignee" in before:
        before["assignee"] = person(before["assignee"])
    return log("card.edited", **cards.apply_fields(card, before), **undoes(data))


def card_moved(data: Data, log: Log, seat: Seat) -> Any:
    card, zone = back(data, seat)
    return log("card.moved", **cards.put(card, zone, data["rank"]["before"]), **undoes(data))


def card_deleted(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]["id"]), deleted=None)
    expect(card.deleted_at is not None, True)
    return cards.bring_back(card, log, **undoes(data))


def card_restored(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]))
    expect(card.version, data["version"])
    return cards.remove(card, log, **undoes(data))


INVERSES = {
    "card.created": Inverse(card_created, "edit_card"),
    "card.edited": Inverse(card_edited, "edit_card"),
    "card.moved": Inverse(card_moved, "edit_card"),
    "card.deleted": Inverse(card_deleted, "edit_card"),
    "card.restored": Inverse(card_restored, "edit_card"),
}
