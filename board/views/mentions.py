"""Where somebody used one's name: a small list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from board.views.answers import PersonRequest, next_page, page, see_other
from board.waiting import mentions_of, unseen

SHOWN = 100


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    rows = (
        mentions_of(request.user).select_related("card__board", "reply", "by").order_by("-at", "-id")[:SHOWN]
    )
    return render(request, "board/mentions.html", {"mentions": rows, "unseen": unseen(request.user)})


@page("POST")
def seen(request: PersonRequest) -> HttpResponse:
    mentions_of(request.user).filter(seen_at=None).update(seen_at=timezone.now())
    return see_other(next_page(request, reverse("mentions")))
