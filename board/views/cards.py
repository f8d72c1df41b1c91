"""Cards: a page for each, and every verb as a plain form."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from board.access import Seat, board_for
from board.detail import detail_of
from board.models import Card, Kind, Reply
from board.operations import Refused, create_card, delete_card, edit_card, move_card, restore_card
from board.operations.cards import FIELDS
from board.operations.errors import NotFound
from board.talk import with_talk
from board.views.answers import PersonRequest, act, optional_uid, page, uid, whole_number
from board.views.boards import board_again
from board.views.errors import refusal
from board.waiting import drafts_on

TEXTS = ("reply_text", "editing_text", "statement", "reason")  # of refused forms; kept for the person


@page("GET")
def card(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    return card_page(request, board_for(request.user, slug), card)


def card_page(
    request: PersonRequest,
    seat: Seat,
    card: UUID,
    status: int = 200,
    chosen: dict[str, str] | None = None,
    **extra: Any,
) -> HttpResponse:
    """`chosen`: what a refused form said of the card's fields."""
    row = get_object_or_404(Card.objects.with_people(), board=seat.board, uid=card)
    with_talk([row])
    context = {
        "board": seat.board,
        "seat": seat,
        "card": row,
        "kinds": Kind.choices,
        "members": seat.board.people(),
        "zones": [(zone, _others(zone, row)) for zone in seat.board.zones.all()],
        "chosen": {"body": row.body, "kind": row.kind, "assignee": row.assignee and row.assignee.username}
        | (chosen or {}),
        "mine": row.author_id == request.user.pk,
        "drafts": drafts_on(seat.board, request.user) if status == 200 else [],
    } | detail_of(row, seat, request.user, request.GET)
    return render(request, "board/card.html", context | extra, status=status)


@page("GET")
def trash(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    cards = with_talk(seat.board.cards.in_trash().with_people().order_by("-deleted_at"))
    replies = Reply.objects.in_trash().with_people().filter(card__board=seat.board, card__deleted_at=None)
    context = {"board": seat.board, "seat": seat, "cards": cards, "replies": replies.order_by("-deleted_at")}
    return render(request, "board/trash.html", context)


@page("POST")
def create(request: PersonRequest, slug: str) -> HttpResponse:
    kind, body, zone = (request.POST.get(field, "") for field in ("kind", "body", "zone"))

    def carry_out(mid: UUID) -> Any:
        return create_card(slug, request.user, mid, kind, body, uid(request, "zone"))

    kept = {"composer_text": body, "composer_zone": zone, "composer_kind": kind}
    again = board_again(request, slug, **kept)
    return act(
        request, carry_out, f"{reverse('board', args=[slug])}#zone-{zone}", again=again, verb="create_card"
    )


@page("POST")
def edit(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    changes = {field: request.POST[field] for field in FIELDS if field in request.POST}

    def carry_out(mid: UUID) -> Any:
        return edit_card(card, request.user, mid, changes, whole_number(request, "base_version"), slug)

    return _act_on_card(request, slug, card, carry_out, chosen=changes)


@page("POST")
def move(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    def carry_out(mid: UUID) -> Any:
        zone, after = place(request)
        return move_card(card, request.user, mid, zone, after, whole_number(request, "base_version"), slug)

    return _act_on_card(request, slug, card, carry_out)


@page("POST")
def delete(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    return _act_on_card(request, slug, card, lambda mid: delete_card(card, request.user, mid, slug))


@page("POST")
def restore(request: PersonRequest, slug: str, card: UUID) -> HttpResponse:
    return _act_on_card(request, slug, card, lambda mid: restore_card(card, request.user, mid, slug))


def place(request: HttpRequest) -> tuple[UUID, UUID | None]:
    """Zone, and the card above. A form without `after` means the end; with an empty one the top."""
    zone = uid(request, "zone")
    if "after" in request.POST:
        return zone, optional_uid(request, "after")
    last = Card.objects.on_board().filter(zone__uid=zone).order_by("rank", "number").last()
    return zone, last.uid if last else None


def card_again(
    request: PersonRequest, slug: str, card: UUID, **kept: Any
) -> Callable[[Refused], HttpResponse]:
    """The card's page after a refused form: its sentence, both texts of a conflict, and what was written."""

    def again(refused: Refused) -> HttpResponse:
        seat = board_for(request.user, slug)
        texts = (kept.get("chosen", {}).get("body"), *map(kept.get, TEXTS))
        written = next(filter(None, texts), "")
        if isinstance(refused, NotFound) and not (written and seat.board.cards.filter(uid=card).exists()):
            return refusal(request, refused)
        kept["written"] = written if isinstance(refused, NotFound) else ""
        current, yours = refused.extra.get("current"), refused.extra.get("yours")
        conflict = {"current": current, "yours": yours} if current else None
        return card_page(
            request, seat, card, status=refused.status, error=refused.detail, conflict=conflict, **kept
        )

    return again


def _act_on_card(request: PersonRequest, slug: str, card: UUID, operation: Any, **kept: Any) -> HttpResponse:
    again = card_again(request, slug, card, **kept)
    return act(
        request, operation, f"{reverse('board', args=[slug])}#card-{card}", again=again, verb="edit_card"
    )


def _others(zone: Any, card: Card) -> Any:
    return zone.cards.on_board().exclude(pk=card.pk).in_order()
