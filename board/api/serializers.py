"""Rows as the API's JSON, on top of the facts that events share."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse

from board import facts
from board.access import Seat
from board.models import Board, Card, Link, Membership, Reply, Zone
from board.operations import Done
from board.snapshots import Snapshot
from board.talk import standing
from collaboration.changes import Recorded
from collaboration.models import Channel, CollaborationSession


def reply(body: dict[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


def written(done: Done, status: int = 200, **objects: Any) -> HttpResponse:
    """A write's answer. A repeat answers with the first seq and the object as it is now."""
    placed = {"placed": done.placed} if done.placed else {}
    return reply({**objects, "seq": done.recorded.seq, "dup": done.dup, **placed}, status)


def summary(seat: Seat, seq: int) -> dict[str, Any]:
    board = seat.board
    return {
        "slug": board.slug,
        "name": board.name,
        "role": seat.role,
        "archived": board.archived_at is not None,
        "seq": seq,
    }


def summaries(seats: list[Seat]) -> list[dict[str, Any]]:
    seqs = dict(
        Channel.objects.filter(name__in=[seat.board.channel for seat in seats]).values_list("name", "seq")
    )
    return [summary(seat, seqs[seat.board.channel]) for seat in seats]


def snapshot(found: Snapshot) -> dict[str, Any]:
    return {
        "slug": found.board.slug,
        "name": found.board.name,
        "archived": found.board.archived_at is not None,
        "epoch": found.epoch,
        "seq": found.seq,
        "zones": [
            facts.zone(row) | {"cards": [shown_card(card) for card in row.cards_in_order]}
            for row in found.zones
        ],
        "session": session(found.session),
        "members": [member(row) for row in found.members],
    }


def board_of(seat: Seat) -> dict[str, Any]:
    return summaries([seat])[0]


def card(row: Card | None) -> dict[str, Any] | None:
    """The card as it is now, None when it was deleted."""
    return facts.card(row) if row and row.deleted_at is None else None


def shown_card(row: Card) -> dict[str, Any]:
    """A card with its talk, in short."""
    talk = row.talk
    return facts.card(row) | {
        "outcome": facts.outcome(row.outcome) if row.outcome else None,
        "parked": facts.parked(row) if row.parked_reason else None,
        "standing": standing(row) or None,
        "reactions": {key: len(who) for key, who in talk.reactions},
        "links": [{"to": str(link.card), "relation": link.relation} for link in talk.links],
        "replies": talk.replies,
    }


def whole_card(row: Card) -> dict[str, Any]:
    """A card with everything that was said about it."""
    links = row.links.select_related("source", "target").filter(target__deleted_at=None)
    linked = row.linked.select_related("source", "target").filter(source__deleted_at=None)
    return shown_card(row) | {
        "links": [facts.link(each) for each in [*links, *linked]],
        "reactions": {key: [str(uid) for uid in who] for key, who in row.talk.reactions},
        "replies": [reply_of(each) for each in row.replies.on_card().with_people().in_order()],
        "outcomes": [
            facts.outcome(each) for each in row.outcomes.select_related("decided_by").order_by("pk")
        ],
    }


def reply_of(row: Reply | None) -> dict[str, Any] | None:
    """The reply as it is now, None when it was deleted."""
    if row is None or row.deleted_at is not None:
        return None
    return facts.reply(row) | {"promoted": str(row.promoted.uid) if row.promoted else None}


def link(row: Link | None) -> dict[str, Any] | None:
    return facts.link(row) if row else None


def zone(row: Zone | None) -> dict[str, Any] | None:
    return facts.zone(row) if row else None


def session(row: CollaborationSession | None) -> dict[str, Any] | None:
    return facts.session(row) if row else None


def member(row: Membership) -> dict[str, Any]:
    return {"id": str(row.user.uid), "username": row.user.username, "name": row.user.name, "role": row.role}


def member_now(board: Board, username: str) -> dict[str, Any] | None:
    row = Membership.objects.select_related("user").filter(board=board, user__username=username).first()
    return member(row) if row else None


def event(recorded: Recorded) -> Any:
    return json.loads(recorded)
