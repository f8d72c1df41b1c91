"""Cards: add, edit, move, delete, restore. `slug` of the card's board saves a query where it is known."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.markdown import to_html
from board.models import Board, Card, Membership, User, Zone
from board.operations import values
from board.operations.base import Done, once, slug_of, writing
from board.operations.errors import Conflict, Forbidden, Invalid, NotFound, wrong
from board.operations.mentions import mention
from board.operations.placing import end_of, place_after
from board.rank import between
from collaboration.events import Log

FIELDS = ("body", "kind", "assignee")
PLACE = ("zone", "rank", "version", "field_versions", "changed_at")  # what a move writes


@once
def create_card(slug: str, by: User, mid: UUID, kind: str, body: str, zone: UUID) -> Done:
    kind, body = values.kind(kind), values.body(body)
    with writing(slug, by, mid, "create_card") as (log, seat):
        place = end_of(seat.board, uid=zone)
        card = Card.objects.create(
            board=seat.board,
            zone=place,
            number=(place.last_number or 0) + 1,
            kind=kind,
            body=body,
            body_html=to_html(body),
            rank=between(place.last_rank, None),
            author=by,
            field_versions={},
        )
        mentions = mention(seat.board, by, card, body)
        return Done(log("card.created", card=facts.card(card), mentions=mentions), card)


@once
def edit_card(
    uid: UUID, by: User, mid: UUID, changes: dict[str, Any], base_version: int, slug: str = ""
) -> Done:
    """`changes`: any of body, kind and assignee (a username or None). Raises Conflict when one changed since."""
    asked = _checked(changes)
    values.version(base_version)
    with writing(slug or slug_of("card", uid), by, mid, "edit_card") as (log, seat):
        card = card_on(seat, uid)
        values.seen(base_version, card.version)
        refuse_stale(card, asked, base_version)
        if "assignee" in asked:
            asked["assignee"] = _member(seat.board, asked["assignee"])
        before = card.body
        data = apply_fields(card, asked)
        mentions = mention(seat.board, by, card, card.body, before=before)
        return Done(log("card.edited", **data, mentions=mentions), card)


@once
def move_card(
    uid: UUID, by: User, mid: UUID, zone: UUID, after: UUID | None, base_version: int, slug: str = ""
) -> Done:
    """`after`: the card above, None for the top. Raises Conflict when the card was moved since."""
    values.version(base_version)
    with writing(slug or slug_of("card", uid), by, mid, "edit_card") as (log, seat):
        card = card_on(seat, uid)
        values.seen(base_version, card.version)
        target, rank, placed = place_after(seat.board, zone, after, card)
        if card.changed_since("place", base_version) and (card.zone_id, card.rank) != (target.pk, rank):
            now = {"zone": str(card.zone.uid), "rank": card.rank}
            yours = {"zone": str(zone), "after": str(after) if after else None}
            raise Conflict(
                _("Somebody moved this card since. It stays where they put it."), current=now, yours=yours
            )
        return Done(log("card.moved", **put(card, target, rank)), card, placed=placed)


@once
def delete_card(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("card", uid), by, mid, "edit_card") as (log, seat):
        card = card_on(seat, uid)
        _own_or_any(card, by, seat)
        return Done(remove(card, log), card)


@once
def restore_card(uid: UUID, by: User, mid: UUID, slug: str = "") -> Done:
    with writing(slug or slug_of("card", uid), by, mid, "edit_card") as (log, seat):
        card = card_on(seat, uid, deleted=None)
        _own_or_any(card, by, seat)
        return Done(bring_back(card, log), card)


def remove(card: Card, log: Log, **data: Any) -> Any:
    before = facts.card(card)
    take_away(card)
    return log("card.deleted", card=before, **data)


def bring_back(card: Card, log: Log, **data: Any) -> Any:
    """Also when it never was away: a write that changes nothing is still one event."""
    if card.deleted_at:
        put_back(card)
    return log("card.restored", card=str(card.uid), number=card.number, version=card.version, **data)


def take_away(card: Card) -> None:
    card.deleted_at = timezone.now()
    _save_presence(card)


def put_back(card: Card) -> None:
    card.deleted_at = None
    _save_presence(card)


def _save_presence(card: Card) -> None:
    card.touch("deleted")
    card.save(update_fields=["deleted_at", "version", "field_versions", "changed_at"])


def card_on(seat: Seat, uid: UUID, *, deleted: bool | None = False) -> Card:
    """The card under the lock. `deleted`: False only cards on the board, True only the trash, None both."""
    card = Card.objects.with_people().filter(board=seat.board, uid=uid).first()
    if card is None:
        raise NotFound
    if deleted is not None and bool(card.deleted_at) is not deleted:
        raise NotFound(_("This card was deleted. It can be restored from the trash."))
    return card


def refuse_stale(card: Card, asked: dict[str, Any], base_version: int) -> None:
    stale = [field for field in asked if card.changed_since(field, base_version)]
    now = facts.card(card)
    holder = {"assignee": card.assignee.username if card.assignee else None}
    differing = [field for field in stale if (now | holder)[field] != asked[field]]
    if differing:
        current = {field: now[field] for field in differing} | {"version": card.version}
        raise Conflict(current=current, yours={field: asked[field] for field in differing})


def apply_fields(card: Card, asked: dict[str, Any]) -> dict[str, Any]:
    """Set body, kind and assignee (a User or None) and save; the facts of what changed."""
    before = facts.card(card)
    changed = [field for field in asked if getattr(card, field) != asked[field]]
    for field in changed:
        setattr(card, field, asked[field])
    if changed:
        card.body_html = to_html(card.body) if "body" in changed else card.body_html
        card.touch(*changed)
        card.save(update_fields=[*changed, "body_html", "version", "field_versions", "changed_at"])
    after = facts.card(card)
    changes = {field: {"before": before[field], "after": after[field]} for field in changed}
    return {"card": str(card.uid), "number": card.number, "changes": changes, "version": card.version}


def put(card: Card, zone: Zone, rank: str, *also: str) -> dict[str, Any]:
    """Into this place, in one row's write. `also`: further fields that the caller has changed."""
    titles = {"before": card.zone.title, "after": zone.title}
    version = card.version
    facts = step(card, zone, rank, *also)
    if card.version != version:
        card.save(update_fields=[*PLACE, *also])
    return facts | {"titles": titles}


def step(card: Card, zone: Zone, rank: str, *also: str) -> dict[str, Any]:
    """Into this place, for the caller to save; the facts of it."""
    before = {"zone": str(card.zone.uid), "rank": card.rank}
    moved = (card.zone_id, card.rank) != (zone.pk, rank)
    card.zone, card.rank = zone, rank
    if moved or also:
        card.touch(*(["place"] if moved else []), *also)
    return {
        "card": str(card.uid),
        "number": card.number,
        "zone": {"before": before["zone"], "after": str(zone.uid)},
        "rank": {"before": before["rank"], "after": rank},
        "version": card.version,
    }


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    if not changes or not changes.keys() <= set(FIELDS):
        raise Invalid(_("Say what to change: body, kind or assignee."))
    asked = dict(changes)
    if "body" in asked:
        asked["body"] = values.body(asked["body"])
    if "kind" in asked:
        asked["kind"] = values.kind(asked["kind"])
    if "assignee" in asked:
        asked["assignee"] = values.name(asked["assignee"], "assignee") if asked["assignee"] else None
    return asked


def _member(board: Board, username: str | None) -> User | None:
    if username is None:
        return None
    seat = Membership.objects.select_related("user").filter(board=board, user__username=username).first()
    if seat is None:
        raise wrong("assignee", _("Only members of this board can be given a card. Add the person first."))
    return seat.user


def _own_or_any(card: Card, by: User, seat: Seat) -> None:
    if card.author_id != by.pk and not seat.may("delete_any"):
        raise Forbidden(_("You can delete and restore your own cards. Ask a facilitator for others."))
