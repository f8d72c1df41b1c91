"""One's API tokens: the list, a new one that is shown once, revoking."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from board.access import seats_of
from board.models import ApiToken
from board.operations import Refused
from board.operations.tokens import DAYS, make_token, revoke_token
from board.views.answers import PersonRequest, page, see_other, whole_number
from board.views.errors import refusal, wants_json
from board.views.once import carried, carry, let_go

COOKIE = "new_token"


@page("GET", "POST")
def index(request: PersonRequest) -> HttpResponse:
    return _create(request) if request.method == "POST" else _show_new(request)


@page("POST")
def revoke(request: PersonRequest, token: UUID) -> HttpResponse:
    revoke_token(request.user, token)
    return see_other(reverse("tokens"))


def tokens_page(request: PersonRequest, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "tokens": ApiToken.objects.filter(user=request.user, revoked_at=None)
        .select_related("board")
        .order_by("-created_at", "-id"),
        "limits": ApiToken.Limit.choices,
        "days": DAYS,
        "seats": seats_of(request.user),
    }
    response = render(request, "accounts/tokens.html", context | extra, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _create(request: PersonRequest) -> HttpResponse:
    sent = {field: request.POST.get(field, "") for field in ("name", "limit", "board")}
    try:
        days = whole_number(request, "days") if request.POST.get("days") else None
        text = make_token(request.user, days=days, **sent)
    except Refused as refused:
        if wants_json(request):
            return refusal(request, refused)
        return tokens_page(request, refused.status, error=refused.detail, typed=request.POST)
    response = see_other(reverse("tokens"))
    carry(request, response, COOKIE, text, reverse("tokens"))
    return response


def _show_new(request: PersonRequest) -> HttpResponse:
    response = tokens_page(request, new_token=carried(request, COOKIE))
    let_go(request, response, COOKIE, reverse("tokens"))
    return response
