from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board import facts
from board import operations as do
from board.models import Membership, Reply
from board.operations.errors import AlreadyUndone, Conflict, Forbidden
from board.operations.inverses import INVERSES
from board.snapshots import snapshot_of
from board.words import WORDS
from collaboration.models import CollaborationSession
from tests.support.cast import Cast
from tests.support.effort import cases


def state(cast: Cast) -> dict[str, Any]:
    """What people see, without counters that only grow."""
    cast.board.refresh_from_db()
    rows = [card for zone in snapshot_of(cast.board).zones for card in zone.cards_in_order]
    cards = [
        facts.card(card)
        | facts.parked(card)
        | {"outcome": facts.outcome(card.outcome) if card.outcome else None, "talk": card.talk}
        for card in rows
    ]
    replies = Reply.objects.on_card().with_people().filter(card__board=cast.board).in_order()
    replies_now = [
        facts.reply(reply) | {"card now": getattr(reply.promoted, "number", 0)} for reply in replies
    ]
    for card in [*cards, *replies_now]:
        del card["version"]
    return {
        "name": cast.board.name,
        "archived": bool(cast.board.archived_at),
        "zones": [facts.zone(zone) for zone in cast.board.zones.order_by("rank")],
        "cards": cards,
        "replies": replies_now,
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
    claim = cast.card("It was the deploy.", "claim", by=owner)
    reply = do.add_reply(claim.uid, owner, uuid4(), "Who says so?").object
    link = do.add_link(other.uid, owner, uuid4(), claim.uid, "refutes").object
    zone = do.create_zone(slug, owner, uuid4(), "Later").object
    planned = do.create_session(slug, owner, uuid4(), "Planned").object

    def running() -> Any:
        return CollaborationSession.objects.filter(status__in=["live", "paused"]).first()

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
        "card.resolved": lambda: do.resolve_card(claim.uid, owner, uuid4(), "refuted", "It was not."),
        "card.reopened": lambda: do.reopen_card(claim.uid, owner, uuid4()),
        "card.parked": lambda: do.park_card(card.uid, owner, uuid4(), "needs data", "2031-05-24"),
        "cards.moved": lambda: do.move_cards(
            slug, owner, uuid4(), [other.uid, card.uid], cast.zone("parking").uid
        ),
        "reply.added": lambda: do.add_reply(card.uid, owner, uuid4(), "I saw it, @observer."),
        "reply.edited": lambda: do.edit_reply(reply.uid, owner, uuid4(), "Who said so?", 1),
        "reply.deleted": lambda: do.delete_reply(reply.uid, owner, uuid4()),
        "reply.resolved": lambda: do.resolve_reply(reply.uid, owner, uuid4()),
        "reply.reopened": lambda: do.reopen_reply(reply.uid, owner, uuid4()),
        "reply.promoted": lambda: do.promote_reply(reply.uid, owner, uuid4(), "question"),
        "reaction.added": lambda: do.add_reaction(card.uid, owner, uuid4(), "agree"),
        "reaction.removed": lambda: do.remove_reaction(card.uid, owner, uuid4(), "agree"),
        "link.added": lambda: do.add_link(card.uid, owner, uuid4(), claim.uid, "supports"),
        "link.removed": lambda: do.remove_link(link.uid, owner, uuid4()),
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
    "card.reopened": ["card.resolved"],
    "reply.reopened": ["reply.resolved"],
    "reaction.removed": ["reaction.added"],
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
    *("card.resolved", "card.reopened", "card.parked", "cards.moved", "reply.added", "reply.edited"),
    *("reply.deleted", "reply.resolved", "reply.reopened", "reply.promoted"),
    *("reaction.added", "reaction.removed", "link.added", "link.removed"),
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


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_at_most_eight_queries(cast: Cast, verb: str) -> None:
    ready = verbs(cast)
    do.start_session(
        do.create_session(cast.board.slug, cast.owner, uuid4(), "On").object.uid, cast.owner, uuid4()
    )
    for needed in NEEDS.get(verb, []):
        if not verb.startswith("session."):
            ready[needed]()
    if verb == "session.started":
        do.end_session(CollaborationSession.objects.get(status="live").uid, cast.owner, uuid4())
    if verb == "session.resumed":
        ready["session.paused"]()
    with CaptureQueriesContext(connection) as queries:
        ready[verb]()
    every = [
        q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ]
    # Before the lock only which board it is, kept in memory; and the test's own questions.
    counted = every[next(at for at, sql in enumerate(every) if "seq = seq + 1" in sql) :]
    assert len(counted) <= 8, "\n".join(sql[:150] for sql in counted)


@pytest.mark.thorough
@settings(
    max_examples=cases(5, 15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
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


def test_a_session_starts_again_after_its_start_was_taken_back(cast: Cast) -> None:
    uid = do.create_session(cast.board.slug, cast.owner, uuid4(), "Planned").object.uid
    do.start_session(uid, cast.owner, uuid4())
    do.undo(cast.board.slug, cast.owner, uuid4())
    session = do.start_session(uid, cast.owner, uuid4()).object
    assert session.status == "live" and session.participants.count() == 1
