"""What somebody tests, and how to stop."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from board.live import CURSORS, FEATURE, PRESENCE
from board.views.answers import PersonRequest, next_page, page, see_other
from safeguards import flags, rollout

NAMES = {
    FEATURE: gettext_lazy("live boards"),
    PRESENCE: gettext_lazy("who is here"),
    CURSORS: gettext_lazy("cursors"),
}


def tested(user: Any) -> list[str]:
    """In words. No query."""
    return [str(NAMES.get(feature, feature)) for feature in flags.tested_by(user.pk)]


@page("POST")
def leave(request: PersonRequest) -> HttpResponse:
    for feature in flags.tested_by(request.user.pk):
        rollout.leave(feature, request.user)
    return see_other(next_page(request, reverse("board-list")))
