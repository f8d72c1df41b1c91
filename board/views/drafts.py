"""One unsent draft: put there while its owner types, taken away when they discard it."""

import json

from django.http import HttpResponse
from django.utils.translation import gettext as _

from board.operations.drafts import drop_draft, save_draft
from board.operations.errors import wrong
from board.views.answers import PersonRequest, page


@page("PUT", "DELETE")
def draft(request: PersonRequest, slug: str, place: str) -> HttpResponse:
    if request.method == "PUT":
        save_draft(slug, request.user, place, _text(request))
    else:
        drop_draft(slug, request.user, place)
    return HttpResponse(status=204)


def _text(request: PersonRequest) -> object:
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise wrong("text", _("This draft cannot be read.")) from error
    return said.get("text") if isinstance(said, dict) else None
