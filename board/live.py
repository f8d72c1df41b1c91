"""Who gets the live board now."""

from typing import Any

from waffle import get_waffle_flag_model

FEATURE = "live_board"


def is_live(user: Any) -> bool:
    """The effective answer: given to this person, and not switched off for everybody. No query."""
    return bool(get_waffle_flag_model().get(FEATURE).is_active_for_user(user))
