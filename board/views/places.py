"""Which field a form was written in: there its text no longer waits as a draft once it is sent."""

from uuid import UUID

from django.http import HttpRequest

# The address that takes the text -> the name its field is kept under in the browser.
PLACES = {
    "card-edit": "edit-{card}",
    "reply-add": "reply-{card}",
    "reply-edit": "rewrite-{reply}",
    "card-resolve": "resolve-{card}",
    "card-park": "park-{card}",
    "sessions": "session",
}


def place_of(request: HttpRequest) -> str:
    """Empty for what no draft is kept of."""
    match = request.resolver_match
    if match is None or "plan" in request.POST:  # a session that is planned is named in another field
        return ""
    if match.url_name == "card-create":
        return _composer(request.POST.get("zone", ""))
    return PLACES.get(match.url_name or "", "").format(**match.kwargs)


def _composer(zone: str) -> str:
    try:
        return f"composer-{UUID(zone)}"
    except ValueError:
        return ""
