from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with its reason. `retry_after`: seconds until asking again can succeed; `detail`: somebody's words."""

    allowed: bool
    reason: str = ""
    retry_after: float = 0.0
    detail: str = ""


YES = Decision(True)
