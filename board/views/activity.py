"""What happened on a board, in words."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from board.access import board_for
from board.activity import activity
from board.views.answers import PersonRequest, page


@page("GET")
def index(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    card = _asked(request, "card", seat.board.cards.all())
    people = seat.board.people()
    person = next((row.user for row in people if str(row.user.uid) == request.GET.get("person")), None)
    context = {
        "board": seat.board,
        "seat": seat,
        "card": card,
        "person": person,
        "people": people,
        "activity": activity(
            seat.board, card=card, person=person, before=_number(request.GET.get("before", ""))
        ),
    }
    return render(request, "board/activity.html", context)


def _asked(request: PersonRequest, name: str, rows: Any) -> Any:
    try:
        return rows.filter(uid=UUID(request.GET.get(name, ""))).first()
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
