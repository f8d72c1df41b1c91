"""What a bag holds of the boards: the last events of each that was touched, with the texts, for they are the work."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Max

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
