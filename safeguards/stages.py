"""The stages of a rollout, and who is in a share of all people. Pure."""

import hashlib
from enum import StrEnum
from functools import lru_cache


class Stage(StrEnum):
    OFF = "off"
    SYNTHETIC = "synthetic"  # accounts of the house alone, see `is_synthetic`
    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"
    QUARTER = "25%"
    EVERYONE = "everyone"


LADDER = tuple(Stage)
TESTERS = {Stage.ONE: 1, Stage.TWO: 2, Stage.FOUR: 4, Stage.EIGHT: 8}
SHARES = {Stage.QUARTER: 25, Stage.EVERYONE: 100}
SYNTHETIC = "synthetic-"  # how the user names of the house's own accounts begin; nobody signs up with one
# Of those, who shows what a test does to everybody else and has no feature on test, and who tries it out first:
RESIDENT, REHEARSER = f"{SYNTHETIC}resident-", f"{SYNTHETIC}tester-"


def after(stage: Stage) -> Stage | None:
    """The next one up; None at the top."""
    at = LADDER.index(stage) + 1
    return LADDER[at] if at < len(LADDER) else None


def before(stage: Stage) -> Stage:
    return LADDER[max(0, LADDER.index(stage) - 1)]


def capacity(stage: Stage) -> int:
    """How many named testers there may be; those who tested before a share stay."""
    return TESTERS.get(stage, 8 if stage in SHARES else 0)


def is_synthetic(username: str) -> bool:
    """Residents included."""
    return username.startswith(SYNTHETIC)


@lru_cache(maxsize=50_000)
def place(feature: str, user_pk: int) -> float:
    """0 to 100, the same for ever: whoever is below a share is in it, and in every greater one."""
    digest = hashlib.sha256(f"{feature}:{user_pk}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100
