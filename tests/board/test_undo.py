from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board import facts
from board import operations as do
from board.models import Membership
from board.operations.errors import AlreadyUndone, Conflict, Forbidden
from board.operations.inverses import INVERSES
from board.snapshots import snapshot_of
from board.words import WORDS
from collaboration.models import CollaborationSession
from tests.support.cast import Cast


def state(cast: Cast) -> dict[str, Any]:
    """What people see, without counters that only grow."""
    cast.board.refresh_from_db()
    cards = [facts.card(card) for zone in snapshot_of(cast.board).zones for card in zone.cards_in_order]
    for card in cards:
        del card["version"]
    return {
        "name": cast.board.name,
        "archived": bool(cast.board.archived_at),
        "zones": [facts.zone(zone) for zone in cast.board.zones.order_by("rank")],
        "cards": cards,
        "members": sorted(Membership.objects.filter(board=cast.board).values_list("user__username", "role")),
        "sessions": sorted(
            (str(session.uid), session.title, session.status)
            for session in CollaborationSession.objects.exclude(status="cancelled")
        ),
    }


def verbs(cast: Cast) -> dict[str, Any]:
    """Every verb, ready to be carried out by the owner."""
    slug, owner = cast.board.slug, cast.owner
    card = cast.card("First", by=owner)
    other = cast.card("Second", by=owner)
    zone = do.create_zone(slug, owner, uuid4(), "Later").object
    planned = do.create_session(slug, owner, uuid4(), "Planned").object
    running: Any = lambda: CollaborationSession.objects.filter(status__in=["live", "paused"]).first()  # noqa: E731
    return {
        "board.renamed": lambda: do.rename_board(slug, owner, uuid4(), "Another name"),
        "board.archived": lambda: do.archive_board(slug, owner, uuid4()),
        "member.added": lambda: do.add_member(slug, owner, uuid4(), "stranger", "participant"),
        "member.removed": lambda: do.remove_member(slug, owner, uuid4(), "observer"),
        "member.role_changed": lambda: do.change_role(slug, owner, uuid4(), "observer", "facilitator"),
        "zone.created": lambda: do.create_zone(slug, owner, uuid4(), "Ideas"),
        "zone.renamed": lambda: do.rename_zone(zone.uid, owner, uuid4(), "Much later"),
        "zone.moved": lambda: do.move_zone(zone.uid, owner, uuid4(), None),
        "card.created": lambda: do.create_card(slug, owner, uuid4(), "fact", "Third", cast.zone().uid),
        "card.edited": lambda: do.edit_card(
            card.uid,
            owner,
            uuid4(),
            {"body": "Changed", "kind": "claim", "assignee": "observer"},
            card.version,
        ),
        "card.moved": lambda: do.move_card(
            card.uid, owner, uuid4(), cast.zone("parking").uid, None, card.version
        ),
        "card.deleted": lambda: do.delete_card(other.uid, owner, uuid4()),
        "session.created": lambda: do.create_session(slug, owner, uuid4(), "Another"),
        "session.started": lambda: do.start_session(planned.uid, owner, uuid4()),
        "session.renamed": lambda: do.rename_session(planned.uid, owner, uuid4(), "Renamed"),
        "session.paused": lambda: do.pause_session(running().uid, owner, uuid4()),
        "session.resumed": lambda: do.resume_session(running().uid, owner, uuid4()),
        "session.ended": lambda: do.end_session(running().uid, owner, uuid4()),
    }


NEEDS = {
    "session.paused": ["session.started"],
    "session.resumed": ["session.started", "session.paused"],
    "session.ended": ["session.started"],
}
VERBS = [
    *(
        "board.renamed",
        "board.archived",
        "member.added",
        "member.removed",
        "member.role_changed",
        "zone.created",
    ),
    *(
        "zone.renamed",
        "zone.moved",
        "card.created",
        "card.edited",
        "card.moved",
        "card.deleted",
        "session.created",
    ),
    *("session.started", "session.renamed", "session.paused", "session.resumed", "session.ended"),
]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_taken_back_and_done_again(cast: Cast, verb: str) -> None:
    ready = verbs(cast)
    for needed in NEEDS.get(verb, []):
        ready[needed]()
    before = state(cast)
    done = ready[verb]()
    after = state(cast)
    assert done.recorded.kind == verb and after != before
    undone = do.undo(cast.board.slug, cast.owner, uuid4())
    assert state(cast) == before
    do.undo(cast.board.slug, cast.owner, uuid4(), undone.recorded.seq)
    assert state(cast) == after


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(
        ["board.renamed", "zone.renamed", "card.edited", "card.moved", "card.deleted", "zone.moved"]
    )
)
def test_taking_back_everything_leads_back_to_the_start(cast: Cast, order: list[str]) -> None:
    ready = verbs(cast)
    before = state(cast)
    for verb in order:
        ready[verb]()
    for _ in order:
        do.undo(cast.board.slug, cast.owner, uuid4())
    assert state(cast) == before


def test_others_changes_are_not_taken_back(cast: Cast) -> None:
    seq = do.create_card(
        cast.board.slug, cast.participant, uuid4(), "fact", "x", cast.zone().uid
    ).recorded.seq
    with pytest.raises(Forbidden):
        do.undo(cast.board.slug, cast.owner, uuid4(), seq)


def test_a_change_is_taken_back_once(cast: Cast) -> None:
    seq = do.create_card(cast.board.slug, cast.owner, uuid4(), "fact", "x", cast.zone().uid).recorded.seq
    do.undo(cast.board.slug, cast.owner, uuid4(), seq)
    with pytest.raises(AlreadyUndone):
        do.undo(cast.board.slug, cast.owner, uuid4(), seq)


def test_what_somebody_changed_since_is_not_overwritten(cast: Cast) -> None:
    card = cast.card()
    do.edit_card(card.uid, cast.participant, uuid4(), {"body": "Mine"}, 1)
    do.edit_card(card.uid, cast.facilitator, uuid4(), {"body": "Theirs"}, 2)
    with pytest.raises(Conflict):
        do.undo(cast.board.slug, cast.participant, uuid4())
    card.refresh_from_db()
    assert card.body == "Theirs"


def test_every_kind_of_event_has_an_inverse_and_words() -> None:
    assert set(VERBS) <= INVERSES.keys() <= WORDS.keys()
