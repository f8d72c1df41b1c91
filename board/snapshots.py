"""A board as of one number of its log."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db import transaction

from board.models import Board, Card, Membership, Zone
from board.talk import with_talk
from collaboration.models import Channel, CollaborationSession

TRIES = 3
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a page or an export shows, exactly as of `epoch`-`seq`."""

    board: Board
    epoch: str
    seq: int
    zones: list[Zone]  # each with its cards in order under `cards_in_order`
    session: CollaborationSession | None
    members: list[Membership]


def snapshot_of(board: Board) -> Snapshot:
    return as_of(board, lambda channel: read_snapshot(board, channel))


def as_of(board: Board, read: Callable[[Channel], Read]) -> Read:
    """Read, and read again when somebody wrote meanwhile; at last under the channel's lock."""
    for _attempt in range(TRIES):
        channel = Channel.objects.get(name=board.channel)
        found = read(channel)
        if Channel.objects.filter(pk=channel.pk, seq=channel.seq, epoch=channel.epoch).exists():
            return found
    with transaction.atomic():
        return read(Channel.objects.select_for_update().get(name=board.channel))


def read_snapshot(board: Board, channel: Channel) -> Snapshot:
    board.refresh_from_db(fields=["name", "archived_at"])
    zones = list(board.zones.order_by("rank", "id"))
    by_id = {zone.pk: zone for zone in zones}
    cards = with_talk(
        Card.objects.on_board()
        .filter(board=board)
        .select_related("author", "assignee", "outcome")
        .order_by("zone_id", "rank", "number"),
        board=board,
    )
    for zone in zones:
        zone.cards_in_order = []
    for zone_id, group in groupby(cards, key=lambda card: card.zone_id):
        if zone_id in by_id:
            by_id[zone_id].cards_in_order = [_placed(card, board, by_id[zone_id]) for card in group]
    session = CollaborationSession.objects.filter(
        channel=channel, status__in=CollaborationSession.RUNNING
    ).first()
    return Snapshot(board, channel.epoch, channel.seq, zones, session, list(board.people()))


def _placed(card: Card, board: Board, zone: Zone) -> Card:
    card.board, card.zone = board, zone
    return card
