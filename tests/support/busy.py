"""A board on which everything has happened, and what people see of any board, down to the last field."""

from typing import Any
from uuid import uuid4

from board import facts
from board import operations as do
from board.models import Board, Card, Link, Outcome, Reaction, Reply, User, Zone
from board.portable.export import export_board
from collaboration.models import CollaborationEvent, CollaborationSession, SessionParticipant
from tests.support.cast import person


def exported(board: Board, way: str = "json") -> str:
    return "".join(export_board(board, way).chunks)


class Busy:
    """A board and its people, all members by events."""

    def __init__(self, name: str = "Checkout outage") -> None:
        self.owner, self.helper, self.guest = (
            person(f"{role}-{uuid4().hex[:6]}") for role in ("o", "h", "g")
        )
        self.board: Board = do.create_board(self.owner, uuid4(), name, "decision").object
        self.slug = self.board.slug
        for user, role in ((self.helper, "facilitator"), (self.guest, "participant")):
            do.add_member(self.slug, self.owner, uuid4(), user.username, role)

    def zone(self, purpose: str = "active") -> Zone:
        return self.board.zones.get(purpose=purpose)

    def card(self, body: str, by: User | None = None, kind: str = "claim") -> Card:
        done = do.create_card(self.slug, by or self.owner, uuid4(), kind, body, self.zone().uid)
        card: Card = done.object
        return card

    def talk(self) -> None:
        """One of nearly everything."""
        owner, helper, card, other = (
            self.owner,
            self.helper,
            self.card("**A**\n\n<b>x</b>"),
            self.card("=1+1"),
        )
        do.edit_card(card.uid, helper, uuid4(), {"body": "B", "kind": "fact", "assignee": owner.username}, 1)
        do.move_card(other.uid, helper, uuid4(), self.zone("parking").uid, None, 1)
        session = do.create_session(self.slug, helper, uuid4(), "Review", start=True).object
        reply = do.add_reply(card.uid, self.guest, uuid4(), f"I saw it, @{helper.username}.").object
        do.edit_reply(reply.uid, self.guest, uuid4(), "I did.", 1)
        do.resolve_reply(reply.uid, owner, uuid4())
        do.promote_reply(reply.uid, helper, uuid4(), "question")
        do.undo(self.slug, helper, uuid4())
        do.add_reaction(card.uid, self.guest, uuid4(), "agree")
        do.add_link(card.uid, owner, uuid4(), other.uid, "supports")
        do.pause_session(session.uid, owner, uuid4())
        do.resolve_card(card.uid, owner, uuid4(), "decision", "We roll back.")
        do.reopen_card(card.uid, helper, uuid4())
        do.undo(self.slug, helper, uuid4())
        do.park_card(other.uid, owner, uuid4(), "needs data", "2031-05-24")
        do.end_session(session.uid, helper, uuid4())
        do.undo(self.slug, helper, uuid4())
        do.delete_card(self.card("gone").uid, owner, uuid4())
        do.create_zone(self.slug, owner, uuid4(), "Ideas")
        do.rename_board(self.slug, owner, uuid4(), "Checkout outage, Friday")
        do.remove_member(self.slug, self.guest, uuid4(), self.guest.username)


def everything(board: Board) -> dict[str, Any]:
    """Every field that pages, the API and exports show."""
    board.refresh_from_db()
    sessions = CollaborationSession.objects.filter(channel__name=board.channel)
    took_part = SessionParticipant.objects.filter(session__in=sessions)
    return {
        "board": (board.name, board.template, board.archived_at is not None),
        "zones": sorted((facts.zone(zone) for zone in board.zones.all()), key=by_id),
        "cards": sorted((card_of(card) for card in board.cards.with_people()), key=by_id),
        "replies": sorted(map(reply_of, Reply.objects.with_people().filter(card__board=board)), key=by_id),
        "outcomes": sorted(
            (
                facts.outcome(row) | {"card": str(row.card.uid)}
                for row in Outcome.objects.filter(card__board=board)
            ),
            key=by_id,
        ),
        "links": sorted((facts.link(row) for row in Link.objects.filter(source__board=board)), key=by_id),
        "reactions": sorted(
            Reaction.objects.filter(card__board=board).values_list("card__number", "user__uid", "key")
        ),
        "members": sorted(board.memberships.values_list("user__uid", "role")),
        "sessions": sorted(
            (facts.session(row) | {"from": row.from_seq, "to": row.to_seq} for row in sessions), key=by_id
        ),
        "took part": sorted(took_part.values_list("session__uid", "actor_id", "actor_name", "actor_kind")),
        "events in sessions": list(
            board_events(board).filter(session__isnull=False).values_list("seq", "session__uid")
        ),
    }


def board_events(board: Board) -> Any:
    return CollaborationEvent.objects.filter(channel__name=board.channel).order_by("seq")


def card_of(card: Card) -> dict[str, Any]:
    more = {"html": card.body_html, "deleted": card.deleted_at is not None, "versions": card.field_versions}
    return facts.card(card) | facts.parked(card) | more | {"outcome": card.outcome and str(card.outcome.uid)}


def reply_of(reply: Reply) -> dict[str, Any]:
    promoted = str(reply.promoted.uid) if reply.promoted else None
    return facts.reply(reply) | {
        "html": reply.body_html,
        "gone": reply.deleted_at is not None,
        "card now": promoted,
    }


def by_id(fact: dict[str, Any]) -> str:
    return str(fact["id"])
