"""What a bag holds of the boards: the last events of each that was touched, and unsent drafts, with the texts, for they
are the work."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Max

from board.models import Draft
from collaboration.changes import public
from collaboration.models import CollaborationEvent
from safeguards.bags import Window

BOARDS, EVENTS = 20, 500  # the boards touched last, and of each the newest events


def events(window: Window) -> Iterator[dict[str, Any]]:
    """Board by board, the one touched last first; of each the newest event first."""
    touched = CollaborationEvent.objects.filter(at__gte=window.since, at__lte=window.until)
    boards = touched.order_by().values("channel_id").annotate(last=Max("at")).order_by("-last")
    for channel in [board["channel_id"] for board in boards[:BOARDS]]:
        found = CollaborationEvent.objects.filter(channel_id=channel, at__lte=window.until)
        for event in found.select_related("channel").order_by("-seq")[:EVENTS]:
            yield {"board": event.channel.name, "epoch": event.channel.epoch, **public(event)}


def drafts(window: Window) -> Iterator[dict[str, Any]]:
    """What everybody had typed and not sent, the newest first."""
    rows = Draft.objects.current().filter(updated_at__lte=window.until)
    for row in rows.select_related("person", "board").order_by("-updated_at", "-id").iterator(chunk_size=200):
        yield {
            "person": str(row.person.uid),
            "name": row.person.get_username(),
            "board": row.board.slug,
            "place": row.place,
            "at": row.updated_at.isoformat(),
            "text": _in_pieces(row.text),
        }


def _in_pieces(text: str) -> Any:
    """An edit is kept as JSON: a secret that is taken out of one of its texts must not break the others."""
    try:
        found = json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text
    return found if isinstance(found, dict) else text
