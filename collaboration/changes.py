"""The public form of a recorded event."""

import json
from datetime import UTC, datetime
from typing import Any

from collaboration.models import CollaborationEvent


class Recorded(str):
    """The public JSON of one committed event; what the wire accepts, and nothing else."""

    __slots__ = ("actor", "channel", "epoch", "kind", "mid", "seq")
    actor: str
    channel: str
    epoch: str
    kind: str
    mid: str
    seq: int


def iso_ms(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def public(event: CollaborationEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "actor": {"id": event.actor_id, "name": event.actor_name} if event.actor_id else None,
        "at": iso_ms(event.at),
        "mid": str(event.mid),
        "cause": event.cause or None,
        "hop": event.hop,
        "data": event.data,
    }


def change_json(event: CollaborationEvent) -> Recorded:
    """The event as the stream and the API show it. Reads `event.channel`: select it with the event."""
    recorded = Recorded(json.dumps(public(event), ensure_ascii=True, separators=(",", ":")))
    recorded.seq, recorded.kind, recorded.mid = event.seq, event.kind, str(event.mid)
    recorded.actor = event.actor_id
    recorded.channel, recorded.epoch = event.channel.name, event.channel.epoch
    return recorded
