"""Who gets the live board now."""

from typing import Any

from waffle import get_waffle_flag_model

from safeguards.admission import may_be_live
from safeguards.flags import is_on
from safeguards.kernel.decision import Decision

FEATURE = "live_board"
PRESENCE = "live_presence"  # who is here, on which card, typing and editing
CURSORS = "live_cursors"


def why_paused(user: Any) -> Decision | None:
    """What keeps the live board from somebody who was given it; None when nothing does. No query."""
    decision = may_be_live(FEATURE, user.pk)
    return None if decision.allowed or not is_on(FEATURE, user.pk) else decision


def is_live(user: Any, feature: str = FEATURE) -> bool:
    """The effective answer: given to this person, and not switched off for everybody. No query."""
    return bool(get_waffle_flag_model().get(feature).is_active_for_user(user))
