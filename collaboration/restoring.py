"""A channel whose past is known already: from a file rather than from writes. Nothing of it is announced."""

from collections.abc import Iterable

from collaboration.models import Channel, CollaborationEvent

BATCH = 500  # rows of one statement


def restore_channel(name: str, seq: int) -> Channel:
    """With an epoch of its own: no reader's id of another channel fits. Inside the caller's transaction."""
    return Channel.objects.create(name=name, seq=seq)


def restore_events(events: Iterable[CollaborationEvent]) -> None:
    """`events`: 1 to the channel's seq, without a gap; sessions they belong to are saved before."""
    CollaborationEvent.objects.bulk_create(events, batch_size=BATCH)
