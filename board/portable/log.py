"""A board as its log, in JSON: what an import makes the same board from."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from board.models import Board, Import, User
from board.operations.errors import Gone
from board.portable.ids import NONE, Relabelled
from board.portable.reading import FORMAT, VERSION
from board.replay.facts import UID
from board.replay.people import SOMEBODY, username_of
from board.snapshots import as_of
from collaboration.changes import iso_ms, public
from collaboration.models import Channel, CollaborationEvent

BATCH = 500  # events in memory


def chunks(board: Board) -> Iterator[str]:
    """JSON in pieces of 500 events, all as of one number. Raises Gone at once when the log was cut."""
    header, channel = as_of(board, lambda channel: (_header(board, channel), channel))
    if channel.oldest > 1:
        raise Gone
    return _chunks(header, board, channel)


def _chunks(header: dict[str, Any], board: Board, channel: Channel) -> Iterator[str]:
    relabelled = Relabelled(mask_of(board))
    yield json.dumps(header, ensure_ascii=False)[:-1] + ',\n"events": ['
    separator = "\n"
    for batch in batches(channel):
        facts = [public(event) | {"data": relabelled(event.data)} for event in batch]
        yield separator + ",\n".join(json.dumps(fact, ensure_ascii=False) for fact in facts)
        separator = ",\n"
    yield "\n]}\n"


def batches(channel: Channel) -> Iterator[list[CollaborationEvent]]:
    """The log up to the channel's number, without a cursor that stays open."""
    last = channel.oldest - 1
    while last < channel.seq:
        span = CollaborationEvent.objects.filter(channel=channel, seq__gt=last, seq__lte=channel.seq)
        batch = list(span.select_related("session").order_by("seq")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].seq


def mask_of(board: Board) -> UUID:
    found = Import.objects.filter(board=board).values_list("mask", flat=True).first()
    return found or NONE


def _header(board: Board, channel: Channel) -> dict[str, Any]:
    board.refresh_from_db(fields=["name", "archived_at"])
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": iso_ms(timezone.now()),
        "board": {
            "slug": board.slug,
            "name": board.name,
            "template": board.template,
            "archived": board.archived_at is not None,
        },
        "epoch": channel.epoch,
        "head": channel.seq,
        "people": list(_people(channel)),
    }


def _people(channel: Channel) -> Iterable[dict[str, str]]:
    """Everybody who acted or was a member, by id."""
    events = CollaborationEvent.objects.filter(channel=channel).order_by()
    names = dict(events.exclude(actor_id="").values_list("actor_id", "actor_name").distinct())
    members = events.filter(kind="member.added").values_list("data__member", flat=True)
    names |= {fact["id"]: fact["name"] for fact in members.iterator() if fact["id"] not in names}
    here = User.objects.in_bulk([UUID(uid) for uid in names if UID.fullmatch(uid)], field_name="uid")
    for uid, name in sorted(names.items()):
        user = here.get(UUID(uid))
        username = username_of(user) if user else SOMEBODY
        yield {"id": uid, "name": user.name if user else name, "username": username}
