"""The log in words: what happened on a board, grouped by sessions and by pauses of 20 minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from board.models import Board, Card, User
from board.words import Entry, entry
from collaboration.models import CollaborationEvent

PAUSE = timedelta(minutes=20)
PAGE = 100  # entries


@dataclass(frozen=True, slots=True)
class Group:
    """A session's stretch of the log, or what was done between two pauses; the newest entry first."""

    session: Any
    entries: list[Entry]
    people: int

    @property
    def until(self) -> datetime:
        return self.entries[0].at

    @property
    def since(self) -> datetime:
        return self.entries[-1].at


@dataclass(frozen=True, slots=True)
class Activity:
    groups: list[Group]
    older: int | None  # the number to ask for the next page with; None on the last one


def activity(
    board: Board, *, card: Card | None = None, person: User | None = None, before: int | None = None
) -> Activity:
    """One page, newest first: everything, or what concerns a card or was done by a person."""
    events = CollaborationEvent.objects.filter(channel__name=board.channel).select_related("session")
    if before is not None:
        events = events.filter(seq__lt=before)
    if person is not None:
        events = events.filter(actor_id=str(person.uid))
    if card is not None:
        events = _about(events, str(card.uid))
    found = list(events.order_by("-seq")[: PAGE + 1])
    groups = [_group(events, board) for events in _stretches(found[:PAGE])]
    return Activity(groups, found[PAGE - 1].seq if len(found) > PAGE else None)


def _about(events: QuerySet[CollaborationEvent], uid: str) -> QuerySet[CollaborationEvent]:
    """A fact names its card by id, holds it whole, or names it among others."""
    names = ("card", "card__id", "reply__card", "link__from", "link__to")
    about = Q(kind="cards.moved", data__icontains=uid)
    for name in names:
        about |= Q(**{f"data__{name}": uid})
    return events.filter(about)


def _stretches(events: list[CollaborationEvent]) -> list[list[CollaborationEvent]]:
    stretches: list[list[CollaborationEvent]] = []
    for event in events:
        last = stretches[-1][-1] if stretches else None
        together = last is not None and event.session_id == last.session_id
        if last is not None and together and (event.session_id or last.at - event.at < PAUSE):
            stretches[-1].append(event)
        else:
            stretches.append([event])
    return stretches


def _group(events: list[CollaborationEvent], board: Board) -> Group:
    people = len({event.actor_id for event in events})
    return Group(events[0].session, [entry(event, board) for event in events], people)
