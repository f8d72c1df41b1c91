"""Which field a form was written in: there its text no longer waits as a draft once it is sent."""

from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import ResolverMatch

from board.models import User
from board.operations.drafts import drop_sent

# The address that takes the text -> the name its field is kept under in the browser.
PLACES = {
    "card-edit": "edit-{card}",
    "reply-add": "reply-{card}",
    "reply-edit": "rewrite-{reply}",
    "card-resolve": "resolve-{card}",
    "card-park": "park-{card}",
    "sessions": "session",
}


def let_go(request: HttpRequest, by: User) -> None:
    """Of the draft of what was just sent. The page says whether there is one: most writes need not ask."""
    match = request.resolver_match
    if match is not None and "drafted" in request.POST and (place := _place(match, request.POST)):
        drop_sent(match.kwargs["slug"], by, place)


def _place(match: ResolverMatch, form: QueryDict) -> str:
    """Empty for what no draft is kept of."""
    if match.url_name == "card-create":
        return _composer(form.get("zone", ""))
    if "plan" in form:  # a session that is planned is named in another field
        return ""
    return PLACES.get(match.url_name or "", "").format(**match.kwargs)


def _composer(zone: str) -> str:
    try:
        return f"composer-{UUID(zone)}"
    except ValueError:
        return ""
