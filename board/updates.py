"""Event kind -> live update: what a page changes, rendered once for everybody from the rows as they are now."""

from typing import Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from board.detail import links_of, outcomes_of
from board.fragments import card_fragment
from board.models import Board, Card, Link, Reply, Zone
from board.talk import with_talk
from collaboration.models import CollaborationSession
from collaboration.rendering import renders


def update(verb: str, target: str, template: str = "", **context: Any) -> SafeString:
    fragment = (
        mark_safe(render_to_string(template, context)) if template else SafeString()
    )  # made by a template
    return _wrapped(verb, target, fragment)


def _wrapped(verb: str, target: str, fragment: SafeString) -> SafeString:
    return format_html('<live-update verb="{}" target="{}">{}</live-update>', verb, target, fragment)


def slug_of(channel: str) -> str:
    return channel.removeprefix("board-")


def board_of(channel: str) -> Board:
    return Board.objects.get(slug=slug_of(channel))


@renders(
    "card.created",
    "card.edited",
    "card.moved",
    "card.resolved",
    "card.reopened",
    "card.parked",
    "card.unparked",
)
def card(channel: str, data: dict[str, Any]) -> str:
    return _cards([_uid(data["card"])])


@renders("card.resolved", "card.reopened")
def card_and_outcomes(channel: str, data: dict[str, Any]) -> str:
    card = Card.objects.with_people().get(uid=data["card"])
    outcomes = update(
        "morph", f"outcomes-of-{card.uid}", "board/_outcomes.html", card=card, **outcomes_of(card)
    )
    return _cards([data["card"]]) + outcomes


@renders("reaction.added", "reaction.removed")
def reaction(channel: str, data: dict[str, Any]) -> str:
    return _cards([data["card"]])


@renders("cards.moved")
def cards(channel: str, data: dict[str, Any]) -> str:
    return _cards([fact["card"] for fact in data["cards"]])


@renders("card.deleted", "card.restored")
def card_and_linked(channel: str, data: dict[str, Any]) -> str:
    """Its links go and come back with it, so the cards at their other ends change, too."""
    uid = _uid(data["card"])
    ends = Link.objects.filter(Q(source__uid=uid) | Q(target__uid=uid)).values_list(
        "source__uid", "target__uid"
    )
    others = sorted({str(end) for pair in ends for end in pair} - {uid})
    return _cards([uid, *others]) + _links(others)


@renders("link.added", "link.removed")
def link(channel: str, data: dict[str, Any]) -> str:
    ends = [data["link"]["from"], data["link"]["to"]]
    return _cards(ends) + _links(ends)


@renders("reply.added", "reply.edited", "reply.deleted", "reply.restored", "reply.resolved", "reply.reopened")
def reply(channel: str, data: dict[str, Any]) -> str:
    fact = data["reply"]
    uid, card = (fact["id"], fact["card"]) if isinstance(fact, dict) else (fact, data["card"])
    return _cards([card]) + _reply(uid, card)


@renders("reply.promoted", "reply.demoted")
def promoted(channel: str, data: dict[str, Any]) -> str:
    fact = data["reply"]
    return _cards([data["card"]["id"], fact["card"]]) + _reply(fact["id"], fact["card"])


def _uid(fact: Any) -> str:
    return str(fact["id"] if isinstance(fact, dict) else fact)


def _cards(uids: list[str]) -> SafeString:
    """Each as it is now: in its place, or gone."""
    rows = with_talk(Card.objects.with_people().on_board().filter(uid__in=uids))
    found = {str(row.uid): row for row in rows}
    made = [
        _wrapped("append", f"cards-{found[uid].zone.uid}", card_fragment(found[uid]))
        if uid in found
        else update("remove", f"card-{uid}")
        for uid in uids
    ]
    return mark_safe("".join(made))  # each made by a template


def _links(uids: list[str]) -> SafeString:
    cards = Card.objects.with_people().filter(uid__in=uids)
    made = [
        update("morph", f"links-of-{card.uid}", "board/_links.html", card=card, **links_of(card))
        for card in cards
    ]
    return mark_safe("".join(made))  # each made by a template


def _reply(uid: str, card: str) -> SafeString:
    row = Reply.objects.on_card().with_people().filter(uid=uid, card__deleted_at=None).first()
    if row is None:
        return update("remove", f"reply-{uid}")
    return update("append", f"replies-{card}", "board/_reply.html", reply=row)


@renders("zone.created", "zone.moved", "zone.removed")
def zone(channel: str, data: dict[str, Any]) -> str:
    fact = data["zone"]
    uid = fact["id"] if isinstance(fact, dict) else fact
    row = Zone.objects.filter(uid=uid).first()
    if row is None:
        return update("remove", f"zone-{uid}") + update("remove", f"tab-{uid}")
    tab = update("append", "zone-tabs", "board/_zone_tab.html", zone=row)
    return update("place", "zones", "board/_zone.html", zone=row) + tab


@renders("zone.renamed")
def zone_head(channel: str, data: dict[str, Any]) -> str:
    row = Zone.objects.filter(uid=data["zone"]).first()
    if row is None:
        return update("remove", f"zone-{data['zone']}") + update("remove", f"tab-{data['zone']}")
    head = update("morph", f"zone-head-{row.uid}", "board/_zone_head.html", zone=row)
    return head + update("append", "zone-tabs", "board/_zone_tab.html", zone=row)


@renders("board.renamed")
def board_title(channel: str, data: dict[str, Any]) -> str:
    return update("morph", "board-title", "board/_board_title.html", board=board_of(channel))


@renders("board.created", "board.archived", "board.unarchived")
def archived(channel: str, data: dict[str, Any]) -> str:
    return update("morph", "board-archived", "board/_archived.html", board=board_of(channel))


@renders("member.added", "member.removed", "member.role_changed")
def members(channel: str, data: dict[str, Any]) -> str:
    return update("morph", "members", "board/_members.html", members=board_of(channel).people())


@renders(
    "session.created",
    "session.started",
    "session.paused",
    "session.resumed",
    "session.ended",
    "session.renamed",
    "session.cancelled",
    "session.reopened",
)
def session(channel: str, data: dict[str, Any]) -> str:
    running = CollaborationSession.objects.filter(
        channel__name=channel, status__in=CollaborationSession.RUNNING
    )
    return update("morph", "session", "board/_session.html", session=running.first(), slug=slug_of(channel))
