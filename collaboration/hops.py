"""How many reactions already lie behind an event."""

from collaboration.models import CollaborationEvent


def hops_of(event_id: str) -> int:
    """The hop of the event `epoch-seq`; 0 for an event of another life of the log."""
    epoch, _dash, seq = event_id.partition("-")
    events = CollaborationEvent.objects.filter(channel__epoch=epoch, seq=int(seq))
    return events.values_list("hop", flat=True).first() or 0
