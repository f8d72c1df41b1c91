"""Zones: add, rename, reorder."""

from uuid import UUID

from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import User, Zone
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.errors import NotFound, wrong
from board.rank import between


@once
def create_zone(slug: str, by: User, mid: UUID, title: str) -> Done:
    title = values.name(title, "title")
    with writing(slug, by, mid, "manage_zones") as (log, seat):
        last = seat.board.zones.order_by("rank").values_list("rank", flat=True).last()
        zone = Zone.objects.create(board=seat.board, title=title, rank=between(last, None))
        return Done(log("zone.created", zone=facts.zone(zone)), zone)


@once
def rename_zone(uid: UUID, by: User, mid: UUID, title: str, slug: str = "") -> Done:
    title = values.name(title, "title")
    with writing(slug or slug_of("zone", uid), by, mid, "manage_zones") as (log, seat):
        zone = zone_on(seat, uid)
        before, zone.title = zone.title, title
        zone.save(update_fields=["title"])
        return Done(log("zone.renamed", zone=str(uid), title={"before": before, "after": title}), zone)


@once
def move_zone(uid: UUID, by: User, mid: UUID, after: UUID | None, slug: str = "") -> Done:
    """`after`: the zone before it, None for the first place."""
    with writing(slug or slug_of("zone", uid), by, mid, "manage_zones") as (log, seat):
        zone = zone_on(seat, uid)
        others = list(seat.board.zones.exclude(pk=zone.pk).order_by("rank", "id"))
        index = next((i for i, other in enumerate(others) if other.uid == after), -1)
        if after is not None and index < 0:
            raise wrong("after", _("The zone to put it after is not on this board."))
        before, following = zone.rank, others[index + 1].rank if index + 1 < len(others) else None
        zone.rank = between(others[index].rank if index >= 0 else None, following)
        zone.save(update_fields=["rank"])
        return Done(log("zone.moved", zone=str(uid), rank={"before": before, "after": zone.rank}), zone)


def zone_on(seat: Seat, uid: UUID) -> Zone:
    zone = Zone.objects.filter(board=seat.board, uid=uid).first()
    if zone is None:
        raise NotFound
    return zone
