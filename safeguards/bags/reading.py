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
