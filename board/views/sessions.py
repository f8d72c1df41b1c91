"""Sessions: all of a board's, planned ones too; start, pause, resume, end; a page that tells one in words."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from board.access import Seat, board_for
from board.operations import (
    Refused,
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


@page("GET", "POST")
def sessions(request: PersonRequest, slug: str) -> HttpResponse:
    return create(request, slug) if request.method == "POST" else every_session(request, slug)


def every_session(request: PersonRequest, slug: str, status: int = 200, **extra: Any) -> HttpResponse:
    seat = board_for(request.user, slug)
    rows = CollaborationSession.objects.filter(channel__name=seat.board.channel).order_by("-created_at")
    context = {
        "board": seat.board,
        "seat": seat,
        "running": [row for row in rows if row.is_running],
        "planned": [row for row in rows if row.status == row.Status.SCHEDULED],
        "ended": [row for row in rows if row.status == row.Status.ENDED],
    }
    return render(request, "board/sessions.html", context | extra, status=status)


def create(request: PersonRequest, slug: str) -> HttpResponse:
    """Started at once; with `plan` it waits on the page of sessions until somebody starts it."""
    title, plan = request.POST.get("title", ""), "plan" in request.POST

    def plan_again(refused: Refused) -> HttpResponse:
        return every_session(request, slug, refused.status, error=refused.detail, typed_title=title)

    return act(
        request,
        lambda mid: create_session(slug, request.user, mid, title, start=not plan),
        reverse("sessions" if plan else "board", args=[slug]),
        again=plan_again if plan else board_again(request, slug, session_title=title),
        verb="manage_sessions",
    )


@page("POST")
def change(request: PersonRequest, slug: str, session: UUID, verb: str) -> HttpResponse:
    found(request, slug, session)
    to = reverse("session", args=[slug, session]) if verb == "end" else reverse("board", args=[slug])
    again = board_again(request, slug)
    return act(
        request, lambda mid: ACTS[verb](session, request.user, mid), to, again=again, verb="manage_sessions"
    )


@page("POST")
def rename(request: PersonRequest, slug: str, session: UUID) -> HttpResponse:
    seat, row = found(request, slug, session)
    title = request.POST.get("title", "")

    def again(refused: Refused) -> HttpResponse:
        return session_page(
            request, seat, row, status=refused.status, error=refused.detail, typed_title=title
        )

    return act(
        request,
        lambda mid: rename_session(session, request.user, mid, title),
        reverse("session", args=[slug, session]),
        again=again,
        verb="manage_sessions",
    )


@page("GET")
def session(request: PersonRequest, slug: str, session: UUID) -> HttpResponse:
    return session_page(request, *found(request, slug, session))


def session_page(
    request: PersonRequest, seat: Seat, row: CollaborationSession, status: int = 200, **extra: Any
) -> HttpResponse:
    """A session in words; after a refused new title with its sentence, and the title kept."""
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
    return render(request, "board/session.html", context | extra, status=status)


def found(request: PersonRequest, slug: str, session: UUID) -> tuple[Seat, CollaborationSession]:
    seat = board_for(request.user, slug)
    return seat, get_object_or_404(CollaborationSession, channel__name=seat.board.channel, uid=session)
