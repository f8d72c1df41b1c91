"""Rows as facts: the JSON that events, the API and exports share."""

from typing import Any

from board.models import Card, Link, Outcome, Reply, User, Zone
from collaboration.changes import iso_ms
from collaboration.models import CollaborationSession


def person(user: User | None) -> dict[str, str] | None:
    return {"id": str(user.uid), "name": user.name} if user else None


def card(row: Card) -> dict[str, Any]:
    """Reads author, assignee and zone: select them with the card."""
    return {
        "id": str(row.uid),
        "number": row.number,
        "kind": row.kind,
        "body": row.body,
        "rank": row.rank,
        "version": row.version,
        "author": person(row.author),
        "assignee": person(row.assignee),
        "zone": str(row.zone.uid),
    }


def reply(row: Reply) -> dict[str, Any]:
    """Reads author and card: select them with the reply."""
    return {
        "id": str(row.uid),
        "card": str(row.card.uid),
        "number": row.card.number,
        "body": row.body,
        "version": row.version,
        "author": person(row.author),
        "at": iso_ms(row.created_at),
        "resolved": row.resolved_at is not None,
    }


def outcome(row: Outcome) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "kind": row.kind,
        "statement": row.statement,
        "by": person(row.decided_by),
        "at": iso_ms(row.decided_at),
    }


def link(row: Link) -> dict[str, Any]:
    """Reads both cards: select them with the link."""
    return {
        "id": str(row.uid),
        "from": str(row.source.uid),
        "to": str(row.target.uid),
        "relation": row.relation,
        "numbers": {"from": row.source.number, "to": row.target.number},
    }


def parked(row: Card) -> dict[str, Any]:
    return {"reason": row.parked_reason, "until": row.parked_until.isoformat() if row.parked_until else None}


def zone(row: Zone) -> dict[str, Any]:
    return {"id": str(row.uid), "purpose": row.purpose, "title": row.title, "rank": row.rank}


def session(row: CollaborationSession) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "title": row.title,
        "status": row.status,
        "planned_s": row.planned_s,
        "accumulated_ms": row.accumulated_ms,
        "running_since": iso_ms(row.running_since) if row.running_since else None,
        "started_at": iso_ms(row.started_at) if row.started_at else None,
        "ended_at": iso_ms(row.ended_at) if row.ended_at else None,
        "started_by": {"id": row.started_by_id, "name": row.started_by_name} if row.started_by_id else None,
    }
