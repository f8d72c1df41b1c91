"""Where somebody used one's name: a small list."""

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from board.models import Mention, User
from board.views.answers import PersonRequest, next_page, page, see_other

SHOWN = 100


def unseen(user: User) -> int:
    return _of(user).filter(seen_at=None).count()


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    rows = _of(request.user).select_related("card__board", "reply", "by").order_by("-at", "-id")[:SHOWN]
    return render(request, "board/mentions.html", {"mentions": rows, "unseen": unseen(request.user)})


@page("POST")
def seen(request: PersonRequest) -> HttpResponse:
    _of(request.user).filter(seen_at=None).update(seen_at=timezone.now())
    return see_other(next_page(request, reverse("mentions")))


def _of(user: User) -> QuerySet[Mention]:
    """Only on boards that are still open to this person, and of what was not deleted since."""
    rows = Mention.objects.filter(user=user, card__board__memberships__user=user, card__deleted_at=None)
    return rows.filter(Q(reply=None) | Q(reply__deleted_at=None))
