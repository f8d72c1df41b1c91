"""Several cards at once, as a plain form."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from board.access import Seat, board_for
from board.operations import Refused, move_cards
from board.operations.errors import wrong
from board.snapshots import snapshot_of
from board.views.answers import PersonRequest, act, page, uid
from board.views.errors import refusal


@page("GET", "POST")
def move(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    if request.method != "POST":
        return _form(request, seat)

    def carry_out(mid: UUID) -> Any:
        return move_cards(slug, request.user, mid, _chosen(request), uid(request, "zone"))

    def again(refused: Refused) -> HttpResponse:
        if refused.status in {403, 404}:
            return refusal(request, refused)
        return _form(request, seat, status=refused.status, error=refused.detail)

    return act(request, carry_out, seat.board.get_absolute_url(), again=again, verb="edit_card")


def _form(request: PersonRequest, seat: Seat, status: int = 200, error: str = "") -> HttpResponse:
    try:
        chosen = _chosen(request)
    except Refused:
        chosen = []
    context = {"board": seat.board, "zones": snapshot_of(seat.board).zones, "chosen": chosen, "error": error}
    return render(request, "board/move_many.html", context, status=status)


def _chosen(request: PersonRequest) -> list[UUID]:
    """`card` once for each, or `cards` with commas between them."""
    texts = request.POST.getlist("card") + [text for text in request.POST.get("cards", "").split(",") if text]
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise wrong("cards", _("The form is damaged. Reload the page and send it again.")) from error
