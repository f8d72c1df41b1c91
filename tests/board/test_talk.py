"""What is said about a card shows on it at once, also when the card itself did not change."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from board import operations as do
from board.models import Card
from board.operations.errors import Conflict
from board.talk import standing, with_talk
from tests.support.cast import Cast


def shown(cast: Cast) -> str:
    client = Client()
    client.force_login(cast.observer)
    return client.get(f"/boards/{cast.board.slug}/").text


TALK: dict[str, Callable[[Cast, Card], Any]] = {
    "1 reply": lambda cast, card: do.add_reply(card.uid, cast.owner, uuid4(), "Why?"),
    "Agree 1": lambda cast, card: do.add_reaction(card.uid, cast.owner, uuid4(), "agree"),
    "supports #2": lambda cast, card: do.add_link(
        card.uid, cast.owner, uuid4(), cast.card("Other").uid, "supports"
    ),
}


@pytest.mark.parametrize("words", TALK)
def test_a_card_that_was_shown_before_shows_what_was_said_since(cast: Cast, words: str) -> None:
    card = cast.card()
    assert words not in shown(cast)
    TALK[words](cast, card)
    assert words in shown(cast)


@pytest.mark.parametrize(
    ("relations", "expected"),
    [((), "unsupported"), (("supports",), "supported"), (("supports", "refutes"), "contested")],
)
def test_the_standing_of_a_claim_follows_from_its_links(
    cast: Cast, relations: tuple[str, ...], expected: str
) -> None:
    claim = cast.card("It was the deploy.", "claim")
    for relation in relations:
        do.add_link(cast.card(relation, "fact").uid, cast.owner, uuid4(), claim.uid, relation)
    assert standing(with_talk([claim])[0]) == expected


def test_a_deleted_proof_proves_nothing(cast: Cast) -> None:
    claim, fact = cast.card("It was the deploy.", "claim"), cast.card("The graph", "fact")
    do.add_link(fact.uid, cast.owner, uuid4(), claim.uid, "supports")
    do.delete_card(fact.uid, cast.owner, uuid4())
    assert standing(with_talk([claim])[0]) == "unsupported"


MOVES: dict[str, Callable[[Cast, Card], Any]] = {
    "moved": lambda cast, card: do.move_card(
        card.uid, cast.owner, uuid4(), cast.zone("parking").uid, None, card.version
    ),
    "moved with others": lambda cast, card: do.move_cards(
        cast.board.slug, cast.owner, uuid4(), [card.uid], cast.zone("parking").uid
    ),
    "parked": lambda cast, card: do.park_card(card.uid, cast.owner, uuid4(), "no time"),
    "resolved": lambda cast, card: do.resolve_card(card.uid, cast.owner, uuid4(), "answer", "So."),
}


@pytest.mark.parametrize("how", MOVES)
def test_undo_does_not_take_a_card_from_where_somebody_put_it_since(cast: Cast, how: str) -> None:
    card = cast.card()
    MOVES[how](cast, card)
    card.refresh_from_db()
    there = cast.zone("unresolved")
    do.move_card(card.uid, cast.facilitator, uuid4(), there.uid, None, card.version)
    with pytest.raises(Conflict):
        do.undo(cast.board.slug, cast.owner, uuid4())
    card.refresh_from_db()
    assert card.zone_id == there.pk
