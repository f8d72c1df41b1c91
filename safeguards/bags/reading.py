"""What is in a bag, as documents. What does not fit is a damaged bag, never an error of somebody else."""

import json
from pathlib import Path
from typing import Any

from safeguards.bags.form import Damaged


def document(bag: Path, name: str) -> dict[str, Any]:
    """One JSON document of `data/`; empty where the bag has none. Raises Damaged."""
    file = bag / "data" / name
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Damaged(f"data/{name} cannot be read.") from error
    if not isinstance(found, dict):
        raise Damaged(f"data/{name} holds something else.")
    return found


def lines(bag: Path, name: str) -> list[dict[str, Any]]:
    """The documents of one part of lines; none where the bag has no such part. Raises Damaged."""
    file = bag / "data" / name
    if not file.exists():
        return []
    try:
        found = [json.loads(line) for line in file.read_text().splitlines()]
    except (OSError, ValueError, RecursionError) as error:
        raise Damaged(f"data/{name} cannot be read.") from error
    if not all(isinstance(row, dict) for row in found):
        raise Damaged(f"data/{name} holds something else.")
    return found
