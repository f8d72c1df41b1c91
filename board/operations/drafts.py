"""Unsent drafts: everybody's own. They are no part of the conversation: no event, and nobody else is told."""

import re
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from board.access import find_seat
from board.models import Board, Draft, User
from board.models.drafts import DraftQuerySet
from board.operations.errors import NotFound, wrong

TEXT_LENGTH = 20_000  # an edit keeps the text before and now, of 4,000 characters each, in quotes
MOST = 50  # per person, on all boards together; the oldest go
PLACE = re.compile(r"[a-z]{1,20}(-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?")


def save_draft(slug: str, by: User, place: str, text: object) -> None:
    """Asking twice is harmless. An empty text is no draft."""
    board = _board(slug, by)
    if not PLACE.fullmatch(place):
        raise wrong("place", _("There is no such field."))
    if not isinstance(text, str) or len(text) > TEXT_LENGTH or "\0" in text:
        raise wrong("text", _("A draft is a text of at most 20,000 characters."))
    if not text:
        of(by, board, place).delete()
        return
    Draft.objects.bulk_create(
        [Draft(person=by, board=board, place=place, text=text)],
        update_conflicts=True,
        unique_fields=["person", "board", "place"],
        update_fields=["text", "updated_at"],
    )
    _make_room(by)


def drop_draft(slug: str, by: User, place: str) -> None:
    of(by, _board(slug, by), place).delete()


def drop_sent(slug: str, by: User, place: str) -> None:
    """What was written in this field was sent. One query, in a request that has asked who may."""
    Draft.objects.filter(person=by, board__slug=slug, place=place).delete()


def put_back(draft: Draft, at: datetime) -> bool:
    """One that was saved `at` that time, out of a bag; from now on it has its whole time again. Never over that
    one, if it is still there, or a newer one: secrets were taken out of what a bag holds."""
    found = of(draft.person, draft.board, draft.place)
    if found.filter(updated_at__lt=at).update(text=draft.text, updated_at=timezone.now()):
        return True
    if found.exists():
        return False
    Draft.objects.bulk_create([draft], ignore_conflicts=True)  # one typed at this very moment stays
    return True


def of(person: User, board: Board, place: str) -> DraftQuerySet:
    return Draft.objects.filter(person=person, board=board, place=place)


def _board(slug: str, by: User) -> Board:
    seat = find_seat(by, slug)
    if seat is None:
        raise NotFound
    return seat.board


def _make_room(by: User) -> None:
    """With each save, so that nothing has to look after them: what is beyond the most, and everybody's expired ones."""
    newest = Draft.objects.filter(person=by).order_by("-updated_at", "-id").values("pk")[:MOST]
    kept = [row["pk"] for row in newest]
    if len(kept) == MOST:
        Draft.objects.filter(person=by).exclude(pk__in=kept).delete()
    Draft.objects.expired().delete()
