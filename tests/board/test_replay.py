"""Whatever people do: the tables that follow from the log are the tables that they see."""

from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board import operations as do
from board.models import Link, Outcome, Reaction, Reply
from board.operations.errors import Refused
from board.operations.inverses import INVERSES
from collaboration.models import CollaborationEvent, CollaborationSession
from tests.board.test_import import imported, told, with_file_ids, without_importer
from tests.support.busy import Busy, everything, exported
from tests.support.cast import person
from tests.support.effort import cases

KINDS = ["fact", "claim", "question"]
ROLES = ["observer", "participant", "facilitator", "owner"]


class Anything:
    """Does on a board what numbers say; what is refused has not happened."""

    def __init__(self, busy: Busy) -> None:
        self.busy, self.slug = busy, busy.slug
        self.people = [busy.owner, busy.helper, busy.guest]

    def do(self, what: int, who: int, first: int, second: int) -> None:
        verbs = [name for name in sorted(vars(type(self))) if name.startswith("try_")]
        by = self.people[who % 3]
        try:
            with transaction.atomic():
                getattr(self, verbs[what % len(verbs)])(by, first, second)
        except Refused:
            pass

    def pick(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("pk"))
        if not found:
            raise Refused
        return found[number % len(found)]

    def card(self, number: int) -> Any:
        return self.pick(self.busy.board.cards, number)

    def zone(self, number: int) -> Any:
        return self.pick(self.busy.board.zones, number)

    def reply(self, number: int) -> Any:
        return self.pick(Reply.objects.filter(card__board=self.busy.board), number)

    def session(self, number: int) -> Any:
        return self.pick(CollaborationSession.objects.filter(channel__name=self.busy.board.channel), number)

    def try_card(self, by: Any, first: int, second: int) -> None:
        do.create_card(
            self.slug, by, uuid4(), KINDS[first % 3], f"@{by.username} {first}", self.zone(second).uid
        )

    def try_edit(self, by: Any, first: int, second: int) -> None:
        card = self.card(first)
        changes: list[dict[str, Any]] = [{"body": f"b{second % 2}"}, {"kind": KINDS[second % 3]}]
        changes += [{"assignee": self.people[second % 3].username}, {"assignee": None}]
        do.edit_card(card.uid, by, uuid4(), changes[second % 4], card.version)

    def try_move(self, by: Any, first: int, second: int) -> None:
        card, after = self.card(first), self.card(second)
        to = after.zone.uid if second % 3 else self.zone(second).uid
        do.move_card(card.uid, by, uuid4(), to, after.uid if second % 2 else None, card.version)

    def try_move_many(self, by: Any, first: int, second: int) -> None:
        cards = list({self.card(first).uid, self.card(second).uid})
        do.move_cards(self.slug, by, uuid4(), cards, self.zone(second).uid)

    def try_delete(self, by: Any, first: int, second: int) -> None:
        do.delete_card(self.card(first).uid, by, uuid4())

    def try_restore(self, by: Any, first: int, second: int) -> None:
        do.restore_card(self.card(first).uid, by, uuid4())

    def try_resolve(self, by: Any, first: int, second: int) -> None:
        kind = Outcome.Kind.values[second % len(Outcome.Kind.values)]
        do.resolve_card(self.card(first).uid, by, uuid4(), kind, f"So {second}.")

    def try_reopen(self, by: Any, first: int, second: int) -> None:
        do.reopen_card(self.card(first).uid, by, uuid4())

    def try_park(self, by: Any, first: int, second: int) -> None:
        do.park_card(self.card(first).uid, by, uuid4(), "later", "2031-05-24" if second % 2 else None)

    def try_reply(self, by: Any, first: int, second: int) -> None:
        do.add_reply(self.card(first).uid, by, uuid4(), f"r{second}")

    def try_reply_change(self, by: Any, first: int, second: int) -> None:
        change: Any = [do.delete_reply, do.restore_reply, do.resolve_reply, do.reopen_reply][second % 4]
        change(self.reply(first).uid, by, uuid4())

    def try_reply_edit(self, by: Any, first: int, second: int) -> None:
        reply = self.reply(first)
        do.edit_reply(reply.uid, by, uuid4(), f"r{second % 3}", reply.version)

    def try_promote(self, by: Any, first: int, second: int) -> None:
        do.promote_reply(self.reply(first).uid, by, uuid4(), KINDS[second % 3])

    def try_react(self, by: Any, first: int, second: int) -> None:
        keys = Reaction.Key.values
        act: Any = do.remove_reaction if second % 3 == 0 else do.add_reaction
        act(self.card(first).uid, by, uuid4(), keys[second % len(keys)])

    def try_link(self, by: Any, first: int, second: int) -> None:
        do.add_link(self.card(first).uid, by, uuid4(), self.card(second).uid, "supports")

    def try_unlink(self, by: Any, first: int, second: int) -> None:
        links = Link.objects.filter(source__board=self.busy.board)
        do.remove_link(self.pick(links, first).uid, by, uuid4())

    def try_zone(self, by: Any, first: int, second: int) -> None:
        do.create_zone(self.slug, by, uuid4(), f"z{first}")

    def try_zone_change(self, by: Any, first: int, second: int) -> None:
        zone, after = self.zone(first), self.zone(second)
        if second % 2:
            do.rename_zone(zone.uid, by, uuid4(), f"z{second}")
        else:
            do.move_zone(zone.uid, by, uuid4(), after.uid if second % 3 else None)

    def try_session(self, by: Any, first: int, second: int) -> None:
        do.create_session(self.slug, by, uuid4(), f"s{first}", start=bool(second % 2))

    def try_session_change(self, by: Any, first: int, second: int) -> None:
        acts: list[Any] = [do.start_session, do.pause_session, do.resume_session, do.end_session]
        acts[second % 4](self.session(first).uid, by, uuid4())

    def try_session_rename(self, by: Any, first: int, second: int) -> None:
        do.rename_session(self.session(first).uid, by, uuid4(), f"s{second}")

    def try_board(self, by: Any, first: int, second: int) -> None:
        if first % 4:
            do.rename_board(self.slug, by, uuid4(), f"b{second}")
        else:
            (do.archive_board if second % 2 else do.unarchive_board)(self.slug, by, uuid4())

    def try_unarchive(self, by: Any, first: int, second: int) -> None:
        do.unarchive_board(self.slug, by, uuid4())

    def try_member(self, by: Any, first: int, second: int) -> None:
        who, role = self.people[first % 3].username, ROLES[second % 4]
        acts: list[Any] = [
            lambda: do.change_role(self.slug, by, uuid4(), who, role),
            lambda: do.remove_member(self.slug, by, uuid4(), who),
            lambda: do.add_member(self.slug, by, uuid4(), who, role),
        ]
        acts[second % 3]()

    def try_undo(self, by: Any, first: int, second: int) -> None:
        do.undo(self.slug, by, uuid4())

    try_undo_again = try_undo

    def try_undo_any(self, by: Any, first: int, second: int) -> None:
        events = CollaborationEvent.objects.filter(channel__name=self.busy.board.channel)
        events = events.filter(kind__startswith="session.") if second % 3 == 0 else events
        own = list(events.filter(actor_id=str(by.uid)).order_by("seq"))
        if own:
            do.undo(self.slug, by, uuid4(), own[-1 - first % min(6, len(own))].seq)


ACTS = 120
SEEN = set[str]()


@pytest.mark.thorough
@settings(
    max_examples=cases(5, 25),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(chance=st.integers(0, 10**9).map(Random))
@pytest.mark.django_db
def test_the_log_alone_makes_the_same_board(chance: Random) -> None:
    anything = Anything(Busy())
    for _ in range(ACTS):
        anything.do(*(chance.randrange(10_000) for _number in range(4)))
    board, by = anything.busy.board, person(f"i-{uuid4().hex[:6]}")
    SEEN.update(CollaborationEvent.objects.filter(channel__name=board.channel).values_list("kind", flat=True))
    copy = imported(exported(board), by)
    assert told(copy) == told(board)
    seen = with_file_ids(copy, without_importer(everything(copy), by))
    assert seen == with_file_ids(board, everything(board))


@pytest.mark.thorough
def test_the_acts_were_of_every_kind() -> None:
    if SEEN:  # run after the one above
        assert len(INVERSES.keys() - SEEN) <= cases(5, 0)
