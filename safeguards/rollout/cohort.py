"""The newest cohort goes first: what is still being tested is left out before what everybody has."""

from safeguards import flags, shedders

LEVEL = 3


def register() -> None:
    shedders.register(
        "newest cohort", LEVEL, lambda: flags.rest_newest(True), lambda: flags.rest_newest(False)
    )
