"""Our log as django-eventstream's storage: it replays committed events and accepts nothing else."""

from django_eventstream.event import Event
from django_eventstream.storage import EventDoesNotExist, StorageBase

from collaboration.changes import Recorded, change_json
from collaboration.models import Channel, CollaborationEvent
from safeguards.resources import gauges


class EventLog(StorageBase):
    """Kept once per thread by the library, so it holds no state."""

    def append_event(self, channel: str, event_type: str, data: Recorded) -> Event:
        """The row is committed already; anything that did not come from the log is refused."""
        if not isinstance(data, Recorded) or data.channel != channel:
            raise TypeError("Only recorded events are announced on a channel: write through an operation.")
        return Event(channel, event_type, data, id=data.seq)

    def get_events(self, channel: str, last_id: int, limit: int = 100) -> list[Event]:
        """Events after `last_id`. Raises EventDoesNotExist when they cannot be told without a gap."""
        row = Channel.objects.filter(name=channel).first()
        if row is None or last_id > row.seq or last_id < row.oldest - 1:
            raise EventDoesNotExist(f"{channel} has no event {last_id}", row.seq if row else 0)
        gauges.count("replay_reads")
        rows = CollaborationEvent.objects.filter(channel=row, seq__gt=last_id).order_by("seq")[:limit]
        events = []
        for event in rows:
            event.channel = row
            events.append(Event(channel, "change", change_json(event), id=event.seq))
        return events

    def get_current_id(self, channel: str) -> int:
        return Channel.objects.filter(name=channel).values_list("seq", flat=True).first() or 0
