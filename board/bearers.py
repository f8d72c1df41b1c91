"""Bearer tokens as they come in: which are good, for whom, and on which day they were last used."""

import contextlib

from django.db import OperationalError
from django.utils import timezone

from board.models import ApiToken
from safeguards.identity import token_accepted


def accepted(digest: str) -> ApiToken | None:
    """The valid token with this sha256, its person with it; None for every other one."""
    token = ApiToken.objects.valid().select_related("user").filter(token_hash=digest).first()
    if token is None:
        return None
    token.user.limited_to = token.board_id
    token_accepted(digest)
    _note_day(token)
    return token


def _note_day(token: ApiToken) -> None:
    """At most one write per token and day; a database too busy for it is no reason to refuse anybody."""
    today = timezone.now().date()
    if token.last_used_on != today:
        with contextlib.suppress(OperationalError):
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
