"""The ways back for boards and zones."""

from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import Zone
from board.operations.errors import Conflict
from board.operations.inverses.base import Data, Inverse, expect, swapped, undoes
from board.operations.zones import zone_on
from collaboration.events import Log


def board_renamed(data: Data, log: Log, seat: Seat) -> Any:
    expect(seat.board.name, data["name"]["after"])
    seat.board.name = data["name"]["before"]
    seat.board.save(update_fields=["name"])
    return log("board.renamed", name=swapped(data["name"]), **undoes(data))


def board_archived(data: Data, log: Log, seat: Seat) -> Any:
    expect(seat.board.archived_at is not None, True)
    seat.board.archived_at = None
    seat.board.save(update_fields=["archived_at"])
    return log("board.unarchived", **undoes(data))


def board_unarchived(data: Data, log: Log, seat: Seat) -> Any:
    seat.board.archived_at = timezone.now()
    seat.board.save(update_fields=["archived_at"])
    return log("board.archived", **undoes(data))


def zone_created(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]["id"]))
    expect(facts.zone(zone), data["zone"])
    try:
        zone.delete()
    except ProtectedError as error:
        raise Conflict(
            _("This zone holds cards, or did, and cannot be taken back. Rename it, or move it to the end.")
        ) from error
    return log("zone.removed", zone=data["zone"], **undoes(data))


def zone_removed(data: Data, log: Log, seat: Seat) -> Any:
    fields = data["zone"]
    zone = Zone.objects.create(
        uid=fields["id"],
        board=seat.board,
        title=fields["title"],
        rank=fields["rank"],
        purpose=fields["purpose"],
    )
    return log("zone.created", zone=facts.zone(zone), **undoes(data))


def zone_renamed(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]))
    expect(zone.title, data["title"]["after"])
    zone.title = data["title"]["before"]
    zone.save(update_fields=["title"])
    return log("zone.renamed", zone=data["zone"], title=swapped(data["title"]), **undoes(data))


def zone_moved(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]))
    expect(zone.rank, data["rank"]["after"])
    zone.rank = data["rank"]["before"]
    zone.save(update_fields=["rank"])
    return log("zone.moved", zone=data["zone"], rank=swapped(data["rank"]), **undoes(data))


INVERSES = {
    "board.renamed": Inverse(board_renamed, "rename"),
    "board.archived": Inverse(board_archived, "archive"),
    "board.unarchived": Inverse(board_unarchived, "archive"),
    "zone.created": Inverse(zone_created, "manage_zones"),
    "zone.removed": Inverse(zone_removed, "manage_zones"),
    "zone.renamed": Inverse(zone_renamed, "manage_zones"),
    "zone.moved": Inverse(zone_moved, "manage_zones"),
}
