"""Boards: create, rename, archive, bring back."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.markdown import to_html
from board.models import Board, Card, Membership, Role, User, Zone
from board.operations import values
from board.operations.base import Done, actor_for, once, writing
from board.operations.errors import Forbidden, KeyReused, wrong
from board.rank import spread
from board.templates_of_boards import TEMPLATES
from collaboration.changes import change_json
from collaboration.context import current
from collaboration.events import create_channel, recording
from collaboration.models import CollaborationEvent


def create_board(by: User, mid: UUID, name: str, template: str = "") -> Done:
    name = values.name(name)
    if template and template not in TEMPLATES:
        raise wrong("template", "Unknown template. Use " + ", ".join(TEMPLATES) + ".")
    refuse_limited(by)
    try:
        with transaction.atomic():
            return _create(by, mid, name, template)
    except IntegrityError:
        first = Board.objects.filter(created_by=by, created_mid=mid).first()
        if first is None:
            raise
        return _again(first)


@once
def rename_board(slug: str, by: User, mid: UUID, name: str) -> Done:
    name = values.name(name)
    with writing(slug, by, mid, "rename") as (log, seat):
        before, seat.board.name = seat.board.name, name
        seat.board.save(update_fields=["name"])
        return Done(log("board.renamed", name={"before": before, "after": name}), seat.board)


@once
def archive_board(slug: str, by: User, mid: UUID) -> Done:
    with writing(slug, by, mid, "archive", archived=True) as (log, seat):
        seat.board.archived_at = seat.board.archived_at or timezone.now()
        seat.board.save(update_fields=["archived_at"])
        return Done(log("board.archived"), seat.board)


@once
def unarchive_board(slug: str, by: User, mid: UUID) -> Done:
    with writing(slug, by, mid, "archive", archived=True) as (log, seat):
        seat.board.archived_at = None
        seat.board.save(update_fields=["archived_at"])
        return Done(log("board.unarchived"), seat.board)


def refuse_limited(by: User) -> None:
    """A token for one board makes no other."""
    if by.limited_to is not None:
        raise Forbidden(_("This API token is for one board only. Use one without that limit."))


def _create(by: User, mid: UUID, name: str, template: str) -> Done:
    board = Board(name=name, template=template, created_by=by, created_mid=mid)
    create_channel(board.channel)
    board.save(force_insert=True)
    with recording(board.channel, actor_for(by), mid) as log:
        Membership.objects.create(board=board, user=by, role=Role.OWNER)
        zones = _zones(board)
        cards = _cards(board, by, zones[Zone.Purpose.ACTIVE], TEMPLATES[template].cards if template else [])
        data: dict[str, Any] = {
            "name": name,
            "template": template,
            "owner": facts.person(by),
            "zones": [facts.zone(zone) for zone in zones.values()],
            "cards": [facts.card(card) for card in cards],
        }
        return Done(log("board.created", **data), board)


def _zones(board: Board) -> dict[str, Zone]:
    built_in = [purpose for purpose in Zone.Purpose if purpose != Zone.Purpose.CUSTOM]
    rows = [
        Zone(board=board, purpose=purpose, title=str(purpose.label), rank=rank)
        for purpose, rank in zip(built_in, spread(len(built_in)), strict=True)
    ]
    return {str(zone.purpose): zone for zone in Zone.objects.bulk_create(rows)}


def _cards(board: Board, by: User, zone: Zone, cards: list[tuple[str, Any]]) -> list[Card]:
    rows = [
        Card(
            board=board,
            zone=zone,
            number=number,
            kind=kind,
            body=str(body),
            body_html=to_html(str(body)),
            rank=rank,
        )
        for number, ((kind, body), rank) in enumerate(zip(cards, spread(len(cards)), strict=True), start=1)
    ]
    for row in rows:
        row.author = by
    return Card.objects.bulk_create(rows)


def _again(board: Board) -> Done:
    event = CollaborationEvent.objects.select_related("channel").get(channel__name=board.channel, seq=1)
    if event.fingerprint != current().fingerprint:
        raise KeyReused
    return Done(change_json(event), board, dup=True)
