"""A board from a file that somebody exported."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from board.operations import Refused
from board.operations.errors import FileTooBig, Invalid, wrong
from board.operations.imports import import_board
from board.portable.reading import Portable, read
from board.replay import Damaged
from board.templates_of_boards import TEMPLATES
from board.views.answers import PersonRequest, carried_out, page, uid
from board.views.errors import refusal, wants_json
from safeguards import conf


@page("POST")
def create(request: PersonRequest) -> HttpResponse:
    try:
        done = import_board(request.user, uid(request, "mid"), _file(request))
    except Refused as refused:
        return refusal(request, refused) if wants_json(request) else _again(request, refused)
    return carried_out(request, done, done.object.get_absolute_url())


def _file(request: PersonRequest) -> Portable:
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        raise wrong("file", _("Choose the file first."))
    if (sent.size or 0) > conf.limit("body_bytes"):
        raise FileTooBig
    try:
        return read(sent.read())
    except Damaged as damaged:
        raise Invalid(str(damaged)) from damaged


def _again(request: PersonRequest, refused: Refused) -> HttpResponse:
    context = {"templates": list(TEMPLATES.values()), "template": "decision", "import_error": refused.detail}
    return render(request, "board/new.html", context, status=refused.status)
