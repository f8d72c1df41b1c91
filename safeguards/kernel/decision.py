from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with its reason. `retry_after`: seconds until asking again can succeed."""

    allowed: bool
    reason: str = ""
    retry_after: float = 0.0


YES = Decision(True)
