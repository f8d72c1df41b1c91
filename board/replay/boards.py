"""Boards and zones."""

from django.utils.translation import gettext as _

from board.models import Card, Membership, Role, Zone
from board.operations.values import NAME_LENGTH
from board.replay.base import Past, replays
from board.replay.cards import card_from
from board.replay.facts import Damaged, Facts
from board.replay.stage import Stage


@replays("board.created")
def created(event: Past, stage: Stage) -> None:
    if event.seq != 1:
        raise Damaged(_("A board is created once."))
    data, board = event.data, stage.board
    board.name, board.template = data.text("name", NAME_LENGTH, 1), data.text("template", 32)
    board.created_at, board.archived_at = event.at, None
    for fact in data.each("zones"):
        stage.add(fact.uid("id"), _zone(fact, stage))
    for fact in data.each("cards"):
        stage.add(fact.uid("id"), card_from(fact, event, stage))
    owner = stage.person(data.person("owner"))
    if owner is None:
        raise Damaged(_("A board has an owner."))
    stage.add(owner.uid, Membership(board=board, user=owner, role=Role.OWNER, joined_at=event.at))


@replays("board.renamed")
def renamed(event: Past, stage: Stage) -> None:
    stage.board.name = event.data.after("name", Facts.text, NAME_LENGTH, 1)


@replays("board.archived")
def archived(event: Past, stage: Stage) -> None:
    stage.board.archived_at = stage.board.archived_at or event.at


@replays("board.unarchived")
def unarchived(event: Past, stage: Stage) -> None:
    stage.board.archived_at = None


@replays("zone.created")
def zone_created(event: Past, stage: Stage) -> None:
    fact = event.data.part("zone")
    stage.add(fact.uid("id"), _zone(fact, stage))


@replays("zone.removed")
def zone_removed(event: Past, stage: Stage) -> None:
    zone = stage.get(Zone, str(_zone(event.data.part("zone"), stage).uid))
    if any(card.zone is zone for card in stage.all(Card)):
        raise Damaged(_("A zone with cards cannot be removed."))
    stage.drop(Zone, str(zone.uid))


@replays("zone.renamed")
def zone_renamed(event: Past, stage: Stage) -> None:
    zone = stage.get(Zone, event.data.uid("zone"))
    zone.title = event.data.after("title", Facts.text, NAME_LENGTH, 1)


@replays("zone.moved")
def zone_moved(event: Past, stage: Stage) -> None:
    stage.get(Zone, event.data.uid("zone")).rank = event.data.after("rank", Facts.rank)


def _zone(fact: Facts, stage: Stage) -> Zone:
    return Zone(
        uid=fact.uid("id"),
        board=stage.board,
        purpose=fact.choice("purpose", Zone.Purpose.values),
        title=fact.text("title", NAME_LENGTH, 1),
        rank=fact.rank("rank"),
    )
