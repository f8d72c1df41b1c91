"""Cards: added, edited, moved, deleted, restored."""

from django.utils.translation import gettext as _

from board.markdown import to_html
from board.models import Card, Kind, Zone
from board.operations.cards import FIELDS
from board.operations.values import BODY_LENGTH
from board.replay.base import Past, replays
from board.replay.facts import Damaged, Facts
from board.replay.stage import Stage


@replays("card.created")
def created(event: Past, stage: Stage) -> None:
    fact = event.data.part("card")
    stage.add(fact.uid("id"), card_from(fact, event, stage))


@replays("card.edited")
def edited(event: Past, stage: Stage) -> None:
    card = stage.get(Card, event.data.uid("card"))
    changes = event.data.part("changes")
    for field in changes:
        _set(card, field, changes, stage)
    if fields := list(changes):
        touch(card, event, event.data.whole("version"), *fields)


@replays("card.moved")
def moved(event: Past, stage: Stage) -> None:
    put(stage.get(Card, event.data.uid("card")), event.data, event, stage)


@replays("cards.moved")
def many_moved(event: Past, stage: Stage) -> None:
    for fact in event.data.each("cards"):
        card = stage.get(Card, fact.uid("card"))
        card.zone, card.rank = _place(fact, stage)
        touch(card, event, fact.whole("version"), "place")


@replays("card.deleted")
def deleted(event: Past, stage: Stage) -> None:
    take_away(stage.get(Card, event.data.part("card").uid("id")), event)


@replays("card.restored")
def restored(event: Past, stage: Stage) -> None:
    card = stage.get(Card, event.data.uid("card"))
    if card.deleted_at is not None:
        put_back(card, event, event.data.whole("version"))


def card_from(fact: Facts, event: Past, stage: Stage) -> Card:
    body = fact.text("body", BODY_LENGTH, 1)
    return Card(
        uid=fact.uid("id"),
        board=stage.board,
        zone=stage.get(Zone, fact.uid("zone")),
        number=fact.whole("number", 1),
        kind=fact.choice("kind", Kind.values),
        body=body,
        body_html=to_html(body),
        rank=fact.rank("rank"),
        version=fact.whole("version", 1),
        author=stage.person(fact.person("author")),
        assignee=stage.person(fact.person("assignee")),
        created_at=event.at,
        changed_at=event.at,
    )


def put(card: Card, fact: Facts, event: Past, stage: Stage, *also: str) -> None:
    """Into the place that the event says. `also`: fields that its act writes with every place."""
    zone, rank = _place(fact, stage)
    fields = [*(["place"] if (card.zone, card.rank) != (zone, rank) else []), *also]
    card.zone, card.rank = zone, rank
    if fields:
        touch(card, event, fact.whole("version"), *fields)


def take_away(card: Card, event: Past) -> None:
    card.deleted_at = event.at
    touch(card, event, card.version + 1, "deleted")


def put_back(card: Card, event: Past, version: int) -> None:
    card.deleted_at = None
    touch(card, event, version, "deleted")


def touch(card: Card, event: Past, version: int, *fields: str) -> None:
    card.version, card.changed_at = version, event.at
    card.field_versions = card.field_versions | dict.fromkeys(fields, version)


def _place(fact: Facts, stage: Stage) -> tuple[Zone, str]:
    return stage.get(Zone, fact.after("zone", Facts.uid)), fact.after("rank", Facts.rank)


def _set(card: Card, field: str, changes: Facts, stage: Stage) -> None:
    if field not in FIELDS:
        raise Damaged(_("A card has no field “%(name)s”.") % {"name": field[:40]})
    if field == "body":
        card.body = changes.after(field, Facts.text, BODY_LENGTH, 1)
        card.body_html = to_html(card.body)
    elif field == "kind":
        card.kind = changes.after(field, Facts.choice, Kind.values)
    else:
        card.assignee = stage.person(changes.after(field, Facts.person))
