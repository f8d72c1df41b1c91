"""Who gets the live board now."""

from typing import Any

from waffle import get_waffle_flag_model

FEATURE = "live_board"
PRESENCE = "live_presence"  # who is here, on which card, typing and editing
CURSORS = "live_cursors"


def is_live(user: Any, feature: str = FEATURE) -> bool:
    """The effective answer: given to this person, and not switched off for everybody. No query."""
    return bool(get_waffle_flag_model().get(feature).is_active_for_user(user))
