"""How much a test tries: some cases in every run, all of them when `make drills` asks for that."""

import os


def cases(some: int, every: int) -> int:
    return every if os.environ.get("THOROUGH") == "1" else some
