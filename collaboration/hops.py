"""How many reactions already lie behind an event, and what began them."""

from collaboration.models import CollaborationEvent
from safeguards.kernel.hops import MAX_HOPS


def origin_of(event_id: str) -> tuple[int, str]:
    """The hop of the event `epoch-seq`, and the event that its chain began with; 0 and empty when it is not known."""
    known = _hop_and_cause(event_id)
    if known is None:
        return 0, ""
    hop, origin = known[0], event_id
    for _step in range(min(hop, MAX_HOPS)):
        if known is None or known[0] == 0:
            break
        origin = known[1]
        known = _hop_and_cause(origin)
    return hop, origin


def _hop_and_cause(event_id: str) -> tuple[int, str] | None:
    epoch, _dash, seq = event_id.partition("-")
    if not seq.isdecimal():
        return None
    events = CollaborationEvent.objects.filter(channel__epoch=epoch, seq=int(seq))
    return events.values_list("hop", "cause").first()
