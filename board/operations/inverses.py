"""For every kind of event: what takes it back, and who may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from board import facts
from board.access import Seat
from board.models import Membership, User, Zone
from board.operations import cards
from board.operations.errors import Conflict, Forbidden
from board.operations.people import member_of, refuse_last_owner
from board.operations.sessions import TIMES, session_on, times, transition
from board.operations.zones import zone_on
from collaboration.events import Log

Data = dict[str, Any]
Apply = Callable[[Data, Log, Seat], Any]


RUNNING = frozenset({"live", "paused"})
MOMENTS = frozenset({"running_since", "started_at", "ended_at"})
# How a change of state is called; every other way back is a reopening.
KINDS = {
    ("scheduled", "live"): "session.started",
    ("live", "paused"): "session.paused",
    ("paused", "live"): "session.resumed",
    ("live", "ended"): "session.ended",
    ("paused", "ended"): "session.ended",
    ("scheduled", "cancelled"): "session.cancelled",
    ("live", "cancelled"): "session.cancelled",
}


@dataclass(frozen=True, slots=True)
class Inverse:
    """`apply(data, log, seat)`: `data` of the event to take back, with its seq under `undoes`."""

    apply: Apply
    verb: str


def _expect(now: Any, then: Any) -> None:
    """What the change left behind has to be there still; otherwise somebody's later change would be lost."""
    if now != then:
        raise Conflict(_("Somebody changed this since. Nothing was taken back."), current=now, yours=then)


def _undoes(data: Data) -> Data:
    return {"undoes": data["undoes"]}


def card_created(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]["id"]))
    _expect(facts.card(card), data["card"])
    return cards.remove(card, log, **_undoes(data))


def card_edited(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]))
    now = facts.card(card)
    _expect({field: now[field] for field in data["changes"]}, _side(data["changes"], "after"))
    before = _side(data["changes"], "before")
    if "assignee" in before:
        before["assignee"] = _person(before["assignee"])
    return log("card.edited", **cards.apply_fields(card, before), **_undoes(data))


def card_moved(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]))
    then = {"zone": data["zone"]["after"], "rank": data["rank"]["after"]}
    _expect({"zone": str(card.zone.uid), "rank": card.rank}, then)
    zone = Zone.objects.filter(board=seat.board, uid=data["zone"]["before"]).first()
    if zone is None:
        raise Conflict(_("The zone it came from is gone. Nothing was taken back."))
    return log("card.moved", **cards.put(card, zone, data["rank"]["before"]), **_undoes(data))


def card_deleted(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]["id"]), deleted=None)
    _expect(card.deleted_at is not None, True)
    return cards.bring_back(card, log, **_undoes(data))


def card_restored(data: Data, log: Log, seat: Seat) -> Any:
    card = cards.card_on(seat, UUID(data["card"]))
    _expect(card.version, data["version"])
    return cards.remove(card, log, **_undoes(data))


def board_renamed(data: Data, log: Log, seat: Seat) -> Any:
    _expect(seat.board.name, data["name"]["after"])
    seat.board.name = data["name"]["before"]
    seat.board.save(update_fields=["name"])
    return log("board.renamed", name=_swapped(data["name"]), **_undoes(data))


def board_archived(data: Data, log: Log, seat: Seat) -> Any:
    _expect(seat.board.archived_at is not None, True)
    seat.board.archived_at = None
    seat.board.save(update_fields=["archived_at"])
    return log("board.unarchived", **_undoes(data))


def board_unarchived(data: Data, log: Log, seat: Seat) -> Any:
    seat.board.archived_at = timezone.now()
    seat.board.save(update_fields=["archived_at"])
    return log("board.archived", **_undoes(data))


def member_added(data: Data, log: Log, seat: Seat) -> Any:
    row = member_of(seat.board, data["username"])
    _expect(row.role, data["role"])
    refuse_last_owner(row)
    row.delete()
    return log("member.removed", **_member(data), **_undoes(data))


def member_removed(data: Data, log: Log, seat: Seat) -> Any:
    person = _person(data["member"])
    if person is None or not seat.may_give(data["role"]):
        raise Forbidden
    _row, created = Membership.objects.get_or_create(
        board=seat.board, user=person, defaults={"role": data["role"]}
    )
    _expect(created, True)
    return log("member.added", **_member(data), **_undoes(data))


def member_role_changed(data: Data, log: Log, seat: Seat) -> Any:
    row = member_of(seat.board, data["username"])
    _expect(row.role, data["role"]["after"])
    if row.role != data["role"]["before"]:
        refuse_last_owner(row)
    row.role = data["role"]["before"]
    row.save(update_fields=["role"])
    return log("member.role_changed", **_member(data) | {"role": _swapped(data["role"])}, **_undoes(data))


def zone_created(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]["id"]))
    _expect(facts.zone(zone), data["zone"])
    try:
        zone.delete()
    except ProtectedError as error:
        raise Conflict(_("There are cards in this zone, or were. Move it instead.")) from error
    return log("zone.removed", zone=data["zone"], **_undoes(data))


def zone_removed(data: Data, log: Log, seat: Seat) -> Any:
    fields = data["zone"]
    zone = Zone.objects.create(
        uid=fields["id"],
        board=seat.board,
        title=fields["title"],
        rank=fields["rank"],
        purpose=fields["purpose"],
    )
    return log("zone.created", zone=facts.zone(zone), **_undoes(data))


def zone_renamed(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]))
    _expect(zone.title, data["title"]["after"])
    zone.title = data["title"]["before"]
    zone.save(update_fields=["title"])
    return log("zone.renamed", zone=data["zone"], title=_swapped(data["title"]), **_undoes(data))


def zone_moved(data: Data, log: Log, seat: Seat) -> Any:
    zone = zone_on(seat, UUID(data["zone"]))
    _expect(zone.rank, data["rank"]["after"])
    zone.rank = data["rank"]["before"]
    zone.save(update_fields=["rank"])
    return log("zone.moved", zone=data["zone"], rank=_swapped(data["rank"]), **_undoes(data))


def session_made(data: Data, log: Log, seat: Seat) -> Any:
    """A session that this event created is cancelled; its row stays, so that this can be taken back too."""
    session = session_on(log, UUID(data["session"]["id"]))
    before = times(session)
    _expect(before, {field: data["session"][field] for field in TIMES})
    session.status, session.running_since = "cancelled", None
    session.save()
    return log("session.cancelled", **transition(session, before), **_undoes(data))


def session_back(data: Data, log: Log, seat: Seat) -> Any:
    """Status and clock as they were before the event."""
    session = session_on(log, UUID(data["session"]))
    before = times(session)
    _expect(before, {field: data[field]["after"] for field in TIMES})
    then = {field: data[field]["before"] for field in TIMES}
    if then["status"] in RUNNING and log.session is not None and log.session.pk != session.pk:
        raise Conflict(_("Another session is running on this board. End it first."))
    for field, value in then.items():
        setattr(session, field, _moment(value) if field in MOMENTS else value)
    session.save()
    kind = KINDS.get((before["status"], then["status"]), "session.reopened")
    return log(kind, **transition(session, before), **_undoes(data))


def session_started(data: Data, log: Log, seat: Seat) -> Any:
    return (session_made if isinstance(data["session"], dict) else session_back)(data, log, seat)


def session_renamed(data: Data, log: Log, seat: Seat) -> Any:
    session = session_on(log, UUID(data["session"]))
    _expect(session.title, data["title"]["after"])
    session.title = data["title"]["before"]
    session.save(update_fields=["title"])
    return log("session.renamed", session=data["session"], title=_swapped(data["title"]), **_undoes(data))


def _side(changes: Data, side: str) -> Data:
    return {field: change[side] for field, change in changes.items()}


def _swapped(change: Data) -> Data:
    return {"before": change["after"], "after": change["before"]}


def _member(data: Data) -> Data:
    return {field: data[field] for field in ("member", "username", "role")}


def _person(fact: Data | None) -> User | None:
    return User.objects.filter(uid=fact["id"]).first() if fact else None


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


INVERSES = {
    "board.renamed": Inverse(board_renamed, "rename"),
    "board.archived": Inverse(board_archived, "archive"),
    "board.unarchived": Inverse(board_unarchived, "archive"),
    "member.added": Inverse(member_added, "add_members"),
    "member.removed": Inverse(member_removed, "add_members"),
    "member.role_changed": Inverse(member_role_changed, "manage_roles"),
    "zone.created": Inverse(zone_created, "manage_zones"),
    "zone.removed": Inverse(zone_removed, "manage_zones"),
    "zone.renamed": Inverse(zone_renamed, "manage_zones"),
    "zone.moved": Inverse(zone_moved, "manage_zones"),
    "card.created": Inverse(card_created, "edit_card"),
    "card.edited": Inverse(card_edited, "edit_card"),
    "card.moved": Inverse(card_moved, "edit_card"),
    "card.deleted": Inverse(card_deleted, "edit_card"),
    "card.restored": Inverse(card_restored, "edit_card"),
    "session.created": Inverse(session_made, "manage_sessions"),
    "session.started": Inverse(session_started, "manage_sessions"),
    "session.cancelled": Inverse(session_back, "manage_sessions"),
    "session.reopened": Inverse(session_back, "manage_sessions"),
    "session.paused": Inverse(session_back, "manage_sessions"),
    "session.resumed": Inverse(session_back, "manage_sessions"),
    "session.ended": Inverse(session_back, "manage_sessions"),
    "session.renamed": Inverse(session_renamed, "manage_sessions"),
}
