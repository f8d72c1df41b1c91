"""How cards ended: resolved, reopened, parked."""

from datetime import date

from board.models import Card, Outcome
from board.operations.values import NAME_LENGTH, STATEMENT_LENGTH
from board.replay.base import Past, replays
from board.replay.cards import put
from board.replay.facts import Facts
from board.replay.stage import Stage

FIELDS = ("outcome", "parked_reason", "parked_until")  # all three are written with each of these acts


@replays("card.resolved")
def resolved(event: Past, stage: Stage) -> None:
    card, fact = stage.get(Card, event.data.uid("card")), event.data.part("outcome")
    uid = fact.uid("id")
    card.outcome = stage.find(Outcome, uid) or stage.add(uid, _outcome(fact, card, stage))
    put(card, event.data, event, stage, *FIELDS)


@replays("card.reopened")
def reopened(event: Past, stage: Stage) -> None:
    card = stage.get(Card, event.data.uid("card"))
    card.outcome = None
    stage.get(Outcome, event.data.part("outcome").uid("id"))
    put(card, event.data, event, stage, *FIELDS)


@replays("card.parked", "card.unparked")
def parked(event: Past, stage: Stage) -> None:
    card = stage.get(Card, event.data.uid("card"))
    card.parked_reason, card.parked_until = event.data.after("parked", _parking)
    put(card, event.data, event, stage, *FIELDS)


def _parking(change: Facts, side: str) -> tuple[str, date | None]:
    fact = change.part(side)
    return fact.text("reason", NAME_LENGTH), fact.day("until")


def _outcome(fact: Facts, card: Card, stage: Stage) -> Outcome:
    return Outcome(
        uid=fact.uid("id"),
        card=card,
        kind=fact.choice("kind", Outcome.Kind.values),
        statement=fact.text("statement", STATEMENT_LENGTH, 1),
        decided_by=stage.person(fact.person("by")),
        decided_at=fact.time("at"),
    )
