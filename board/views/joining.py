"""Coming in by a join link: looked at by GET, accepted by POST."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from board.operations import Refused, invite_for, join_board
from board.operations.errors import Conflict
from board.views.answers import PersonRequest, act, page, see_other
from board.views.errors import refusal


def join(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invite = invite_for(token)
    except Refused as refused:
        return refusal(request, refused)
    if request.method in {"GET", "HEAD"}:
        context = {"invite": invite, "token": token, "valid": True}
        response = render(request, "board/join.html", context)
        response["Referrer-Policy"] = "no-referrer"
        return response
    return accept(request, token=token, slug=invite.board.slug)


@page("POST")
def accept(request: PersonRequest, token: str, slug: str) -> HttpResponse:
    to = reverse("board", args=[slug])

    def again(refused: Refused) -> HttpResponse:
        here = isinstance(refused, Conflict)  # a second click joins nobody again
        return see_other(to) if here else refusal(request, refused)

    return act(request, lambda mid: join_board(token, request.user, mid), to, again=again)
