"""Sessions: start, pause, resume, end; a page that tells one in words."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from board.access import board_for
from board.operations import (
    create_session,
    end_session,
    pause_session,
    rename_session,
    resume_session,
    start_session,
)
from board.views.answers import PersonRequest, act, page
from board.views.boards import board_again
from board.words import entry
from collaboration.models import CollaborationSession

ACTS: dict[str, Any] = {
    "start": start_session,
    "pause": pause_session,
    "resume": resume_session,
    "end": end_session,
}


@page("POST")
def create(request: PersonRequest, slug: str) -> HttpResponse:
    title = request.POST.get("title", "")
    return act(
        request,
        lambda mid: create_session(slug, request.user, mid, title, start=True),
        reverse("board", args=[slug]),
        again=board_again(request, slug),
    )


@page("POST")
def change(request: PersonRequest, slug: str, session: UUID, verb: str) -> HttpResponse:
    found(request, slug, session)
    to = reverse("session", args=[slug, session]) if verb == "end" else reverse("board", args=[slug])
    again = board_again(request, slug)
    return act(request, lambda mid: ACTS[verb](session, request.user, mid), to, again=again)


@page("POST")
def rename(request: PersonRequest, slug: str, session: UUID) -> HttpResponse:
    found(request, slug, session)
    title = request.POST.get("title", "")
    return act(
        request,
        lambda mid: rename_session(session, request.user, mid, title),
        reverse("session", args=[slug, session]),
        again=board_again(request, slug),
    )


@page("GET")
def session(request: PersonRequest, slug: str, session: UUID) -> HttpResponse:
    seat, row = found(request, slug, session)
    events = row.events.order_by("seq")
    context = {
        "board": seat.board,
        "seat": seat,
        "session": row,
        "elapsed_ms": row.elapsed_ms(timezone.now()),
        "entries": [entry(event, seat.board) for event in events],
        "participants": row.participants.order_by("joined_at"),
        "now": timezone.now(),
    }
    return render(request, "board/session.html", context)


def found(request: PersonRequest, slug: str, session: UUID) -> Any:
    seat = board_for(request.user, slug)
    return seat, get_object_or_404(CollaborationSession, channel__name=seat.board.channel, uid=session)
