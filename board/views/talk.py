"""What is said about a card: replies, reactions, links, how it ends. Each verb is a plain form of the card's page."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from board.operations import (
    add_link,
    add_reaction,
    add_reply,
    delete_reply,
    edit_reply,
    park_card,
    promote_reply,
    remove_link,
    remove_reaction,
    reopen_card,
    reopen_reply,
    resolve_card,
    resolve_reply,
    restore_reply,
)
from board.views.answers import PersonRequest, act, page, uid, whole_number
from board.views.cards import card_again

REPLY_VERBS: dict[str, Any] = {
    "delete": delete_reply,
    "restore": restore_reply,
    "resolve": resolve_reply,
    "reopen": reopen_reply,
}


@page("POST")
def reply(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    body = request.POST.get("body", "")
    return _act(
        request, slug, card, lambda mid: add_reply(card, request.user, mid, body, slug), reply_text=body
    )


@page("POST")
def reply_edit(request: PersonRequest, slug: str, card: UUID, reply: UUID) -> HttpResponse:
    body = request.POST.get("body", "")

    def carry_out(mid: UUID) -> Any:
        return edit_reply(reply, request.user, mid, body, whole_number(request, "base_version"), slug)

    return _act(request, slug, card, carry_out, editing=str(reply), editing_text=body)


@page("POST")
def reply_change(request: PersonRequest, slug: str, card: UUID, reply: UUID, verb: str) -> HttpResponse:
    return _act(request, slug, card, lambda mid: REPLY_VERBS[verb](reply, request.user, mid, slug))


@page("POST")
def reply_promote(request: PersonRequest, slug: str, card: UUID, reply: UUID) -> HttpResponse:
    kind = request.POST.get("kind", "")
    return _act(request, slug, card, lambda mid: promote_reply(reply, request.user, mid, kind, slug))


@page("POST")
def react(request: PersonRequest, slug: str, card: UUID, remove: bool = False) -> HttpResponse:
    reaction = request.POST.get("reaction", "")
    operation = remove_reaction if remove else add_reaction
    return _act(request, slug, card, lambda mid: operation(card, request.user, mid, reaction, slug))


@page("POST")
def link(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    relation = request.POST.get("relation", "")
    return _act(
        request, slug, card, lambda mid: add_link(card, request.user, mid, uid(request, "to"), relation, slug)
    )


@page("POST")
def unlink(request: PersonRequest, slug: str, card: UUID, link: UUID) -> HttpResponse:
    return _act(request, slug, card, lambda mid: remove_link(link, request.user, mid, slug))


@page("POST")
def resolve(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    kind, statement = request.POST.get("kind", ""), request.POST.get("statement", "")

    def carry_out(mid: UUID) -> Any:
        return resolve_card(card, request.user, mid, kind, statement, slug)

    return _act(request, slug, card, carry_out, statement=statement, outcome_kind=kind)


@page("POST")
def reopen(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    return _act(request, slug, card, lambda mid: reopen_card(card, request.user, mid, slug))


@page("POST")
def park(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    reason, until = request.POST.get("reason", ""), request.POST.get("until", "")

    def carry_out(mid: UUID) -> Any:
        return park_card(card, request.user, mid, reason, until, slug)

    return _act(request, slug, card, carry_out, reason=reason, until=until)


def _act(
    request: PersonRequest, slug: str, card: UUID, operation: Callable[[UUID], Any], **kept: Any
) -> HttpResponse:
    """Then the card's page again; after a refusal with the sentence and what was written."""
    again = card_again(request, slug, card, **kept)
    return act(request, operation, reverse("card", args=[slug, card]), again=again, verb="edit_card")
