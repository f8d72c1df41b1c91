"""A board from a file: the same log, and the tables that follow from it. All or nothing."""

from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from board.models import Board, Import, Membership, Role, User
from board.operations.base import Done
from board.operations.boards import refuse_limited
from board.operations.errors import Invalid, KeyReused
from board.portable.ids import NONE, Relabelled, is_any_taken, new_mask, own_ids
from board.portable.reading import Portable, Told, at_event
from board.replay import Damaged, Facts, Past, People, Stage, apply
from board.words import entry
from collaboration.changes import change_json
from collaboration.models import CollaborationEvent, CollaborationSession
from collaboration.restoring import restore_channel, restore_events


def import_board(by: User, mid: UUID, file: Portable) -> Done:
    """A new board of `by`, who becomes its owner. Raises Invalid with a sentence, and leaves nothing behind."""
    refuse_limited(by)
    try:
        with transaction.atomic():
            return _build(by, mid, file)
    except Damaged as damaged:
        raise Invalid(str(damaged)) from damaged
    except (IntegrityError, DataError) as error:
        first = Board.objects.filter(created_by=by, created_mid=mid).first()
        if first is None:
            raise Invalid(
                _("Two things in this file contradict each other. Export the board again.")
            ) from error
        return _again(first, file)


def _build(by: User, mid: UUID, file: Portable) -> Done:
    board = Board(name="", created_by=by, created_mid=mid)
    channel = restore_channel(board.channel, len(file.events))
    board.save(force_insert=True)
    ids = {uid for event in file.events for uid in own_ids(event.data)}
    mask = new_mask() if is_any_taken(ids) else NONE
    Import.objects.create(board=board, by=by, digest=file.digest, mask=mask)
    stage, relabelled = Stage(board, channel, People(file.people)), Relabelled(mask)
    events = [_replayed(told, relabelled, stage) for told in file.events]
    _seat_owner(by, stage)
    stage.save()
    restore_events(events)
    return Done(change_json(events[0]), board)


def _replayed(told: Told, relabelled: Relabelled, stage: Stage) -> CollaborationEvent:
    """Carried out on the stage, and as a row of the log."""
    try:
        data = relabelled(told.data)
        session = apply(Past(told.seq, told.kind, told.actor, told.at, Facts(data)), stage)
    except Damaged as damaged:
        raise at_event(told.seq, damaged) from damaged
    row = _row(told, data, session, stage)
    _refuse_unsayable(row, stage)
    return row


def _refuse_unsayable(row: CollaborationEvent, stage: Stage) -> None:
    """Facts that only words read: a page that tells the log must not break on them."""
    try:
        entry(row, stage.board)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise at_event(row.seq, Damaged(_("It lacks what tells people about it."))) from error


def _row(told: Told, data: object, session: CollaborationSession | None, stage: Stage) -> CollaborationEvent:
    uid, name = told.actor or ("", "")
    return CollaborationEvent(
        channel=stage.channel,
        seq=told.seq,
        session=session,
        mid=told.mid,
        kind=told.kind,
        actor_kind="user" if told.actor else "",
        actor_id=str(uid),
        actor_name=name,
        data=data,
        cause=told.cause,
        hop=told.hop,
        at=told.at,
    )


def _seat_owner(by: User, stage: Stage) -> None:
    """Who imports a board owns it, whatever they were on the one it comes from."""
    seat = stage.find(Membership, by.uid) or stage.add(by.uid, Membership(board=stage.board, user=by))
    seat.role = Role.OWNER


def _again(board: Board, file: Portable) -> Done:
    origin = Import.objects.filter(board=board).first()
    if origin is None or origin.digest != file.digest:
        raise KeyReused
    event = CollaborationEvent.objects.select_related("channel").get(channel__name=board.channel, seq=1)
    return Done(change_json(event), board, dup=True)
