"""Boards: the list, a new one, the board page, its name and archive."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.access import Seat, board_for, seats_of
from board.live import CURSORS, PRESENCE, is_live, why_paused
from board.models import Kind, Role
from board.operations import Refused, archive_board, create_board, rename_board, unarchive_board, undo
from board.snapshots import snapshot_of
from board.templates_of_boards import TEMPLATES
from board.views.answers import PersonRequest, act, carried_out, page, uid, whole_number
from board.views.errors import refusal, wants_json
from board.views.settings import settings_page
from board.views.testing import tested
from board.waiting import unseen, waiting
from collaboration.models import CollaborationSession

# What can be done to the running session: the act, when the page shows it, its label.
SESSION_ACTS = [
    ("pause", "when-live", _("Pause")),
    ("resume", "when-paused", _("Resume")),
    ("end", "when-live when-paused", _("End session")),
]


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    archived = request.GET.get("archived") == "1"
    seats = [seat for seat in seats_of(request.user) if bool(seat.board.archived_at) is archived]
    context = {"seats": seats, "showing_archived": archived, "unseen": unseen(request.user)}
    return render(request, "board/list.html", context)


@page("GET", "POST")
def new(request: PersonRequest) -> HttpResponse:
    context: dict[str, Any] = {"templates": list(TEMPLATES.values()), "name": "", "template": "decision"}
    if request.method == "GET":
        return render(request, "board/new.html", context)
    context |= {"name": request.POST.get("name", ""), "template": request.POST.get("template", "")}
    try:
        done = create_board(request.user, uid(request, "mid"), context["name"], context["template"])
    except Refused as refused:
        if wants_json(request):
            return refusal(request, refused)
        return render(request, "board/new.html", context | {"error": refused.detail}, status=refused.status)
    return carried_out(request, done, done.object.get_absolute_url())


@page("GET")
def board(request: PersonRequest, slug: str) -> HttpResponse:
    return board_page(request, board_for(request.user, slug))


def board_page(request: PersonRequest, seat: Seat, status: int = 200, **extra: Any) -> HttpResponse:
    """The whole board; after a refused form with its sentence, and the person's text kept."""
    snapshot = snapshot_of(seat.board)
    named, drafts = waiting(request.user, seat.board)
    context = {
        "board": seat.board,
        "seat": seat,
        "zones": snapshot.zones,
        "session": snapshot.session,
        "members": snapshot.members,
        "epoch": snapshot.epoch,
        "seq": snapshot.seq,
        "live": is_live(request.user),
        "paused": why_paused(request.user),
        "testing": tested(request.user),
        "may_write": seat.may("create_card"),
        "may_lead": seat.may("manage_sessions"),
        "presence": is_live(request.user, PRESENCE),
        "cursors": is_live(request.user, CURSORS),
        "is_shown": seat.role != Role.OBSERVER and request.user.shows_presence,
        "now": timezone.now(),
        "kinds": Kind.choices,
        "session_acts": SESSION_ACTS,
        "unseen": named,
        "drafts": drafts if status == 200 else [],  # the refused text stands in its form
        "session_url": _session_url(seat.board.slug, snapshot.session),
        **extra,
    }
    zones = {str(zone.uid) for zone in snapshot.zones}
    if context.get("composer_text") and context.get("composer_zone") not in zones:
        context["composer_zone"] = str(snapshot.zones[0].uid)  # its zone is gone, the text is not
    response = render(request, "board/board.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@page("POST")
def rename(request: PersonRequest, slug: str) -> HttpResponse:
    def carry_out(mid: Any) -> Any:
        return rename_board(slug, request.user, mid, request.POST.get("name", ""))

    return act(
        request,
        carry_out,
        reverse("board-settings", args=[slug]),
        again=settings_page(request, slug),
        verb="rename",
    )


@page("POST")
def archive(request: PersonRequest, slug: str) -> HttpResponse:
    return act(
        request,
        lambda mid: archive_board(slug, request.user, mid),
        reverse("board-settings", args=[slug]),
        again=settings_page(request, slug),
        verb="archive",
    )


@page("POST")
def unarchive(request: PersonRequest, slug: str) -> HttpResponse:
    return act(
        request,
        lambda mid: unarchive_board(slug, request.user, mid),
        reverse("board", args=[slug]),
        again=settings_page(request, slug),
        verb="archive",
    )


@page("POST")
def take_back(request: PersonRequest, slug: str) -> HttpResponse:
    def carry_out(mid: Any) -> Any:
        return undo(
            slug, request.user, mid, whole_number(request, "seq") if request.POST.get("seq") else None
        )

    return act(request, carry_out, reverse("board", args=[slug]), again=board_again(request, slug))


def _session_url(slug: str, session: CollaborationSession | None) -> str:
    return reverse("session", args=[slug, session.uid]) if session else ""


def board_again(request: PersonRequest, slug: str, **extra: Any) -> Any:
    def again(refused: Refused) -> HttpResponse:
        if refused.status == 404:
            return refusal(request, refused)
        seat = board_for(request.user, slug)
        return board_page(request, seat, status=refused.status, board_error=refused.detail, **extra)

    return again
