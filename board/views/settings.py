"""A board's settings page: name, zones, members, join link, archive."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from board.access import Seat, board_for
from board.models import Invite, Role
from board.operations import (
    Refused,
    add_member,
    change_role,
    create_invite,
    create_zone,
    move_zone,
    remove_member,
    rename_zone,
    revoke_invites,
)
from board.views.answers import PersonRequest, act, optional_uid, page, refused_form, see_other, uid
from board.views.errors import refusal
from board.views.once import carried, carry, let_go

NEW_LINK = "new_link"
LAST_FORM = "invite-form"  # in a person's session


@page("GET")
def settings(request: PersonRequest, slug: str) -> HttpResponse:
    token = carried(request, NEW_LINK)
    link = request.build_absolute_uri(reverse("join", args=[token])) if token else ""
    response = show(request, board_for(request.user, slug), new_link=link)
    if token:
        response["Cache-Control"] = "no-store"
        let_go(request, response, NEW_LINK, request.path)
    return response


def show(request: PersonRequest, seat: Seat, status: int = 200, **extra: Any) -> HttpResponse:
    zones = list(seat.board.zones.all())
    context = {
        "board": seat.board,
        "seat": seat,
        "members": [(member, seat.may_give(member.role)) for member in seat.board.people()],
        "roles": [choice for choice in Role.choices if seat.may_give(choice[0])],
        "zones": [(zone, above) for zone, above in zip(zones, [None, *zones], strict=False)],
        "invite": Invite.objects.valid().filter(board=seat.board).first(),
    }
    return render(request, "board/settings.html", context | extra, status=status)


def settings_page(request: PersonRequest, slug: str) -> Callable[[Refused], HttpResponse]:
    """The settings page again, with the sentence and what was typed into the refused form."""

    def again(refused: Refused) -> HttpResponse:
        if refused.status == 404:
            return refusal(request, refused)
        seat = board_for(request.user, slug)
        typed = {"path": request.path} | request.POST.dict()
        return show(request, seat, status=refused.status, error=refused.detail, typed=typed)

    return again


def _act(request: PersonRequest, slug: str, operation: Any, verb: str = "manage_zones") -> HttpResponse:
    again = settings_page(request, slug)
    return act(request, operation, reverse("board-settings", args=[slug]), again=again, verb=verb)


@page("POST")
def zone_create(request: PersonRequest, slug: str) -> HttpResponse:
    return _act(
        request, slug, lambda mid: create_zone(slug, request.user, mid, request.POST.get("title", ""))
    )


@page("POST")
def zone_rename(request: PersonRequest, slug: str, zone: UUID) -> HttpResponse:
    board_for(request.user, slug)
    return _act(
        request, slug, lambda mid: rename_zone(zone, request.user, mid, request.POST.get("title", ""), slug)
    )


@page("POST")
def zone_move(request: PersonRequest, slug: str, zone: UUID) -> HttpResponse:
    board_for(request.user, slug)
    return _act(
        request, slug, lambda mid: move_zone(zone, request.user, mid, optional_uid(request, "after"), slug)
    )


@page("POST")
def member_add(request: PersonRequest, slug: str) -> HttpResponse:
    username, role = request.POST.get("username", ""), request.POST.get("role", "")
    return _act(request, slug, lambda mid: add_member(slug, request.user, mid, username, role), "add_members")


@page("POST")
def member_role(request: PersonRequest, slug: str, username: str) -> HttpResponse:
    role = request.POST.get("role", "")
    return _act(
        request, slug, lambda mid: change_role(slug, request.user, mid, username, role), "manage_roles"
    )


@page("POST")
def member_remove(request: PersonRequest, slug: str, username: str) -> HttpResponse:
    to = "/" if username == request.user.get_username() else reverse("board-settings", args=[slug])
    return act(
        request,
        lambda mid: remove_member(slug, request.user, mid, username),
        to,
        again=settings_page(request, slug),
    )


@page("POST")
def invite_create(request: PersonRequest, slug: str) -> HttpResponse:
    """The next page shows it, once; the same form sent twice makes one link."""
    seat, to = board_for(request.user, slug), reverse("board-settings", args=[slug])
    try:
        mid = str(uid(request, "mid"))
        if request.session.get(LAST_FORM) == mid:
            return see_other(to)
        token = create_invite(seat, request.user, request.POST.get("role", Role.PARTICIPANT))
    except Refused as refused:
        return refused_form(request, refused, settings_page(request, slug), "invite")
    request.session[LAST_FORM] = mid
    response = see_other(to)
    carry(request, response, NEW_LINK, token, to)
    return response


@page("POST")
def invite_revoke(request: PersonRequest, slug: str) -> HttpResponse:
    seat = board_for(request.user, slug)
    try:
        revoke_invites(seat)
    except Refused as refused:
        return refused_form(request, refused, settings_page(request, slug), "invite")
    return see_other(reverse("board-settings", args=[slug]))
