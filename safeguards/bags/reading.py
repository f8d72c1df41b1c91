"""What is in a bag, as documents. What does not fit is a damaged bag, never an error of somebody else."""

import json
from pathlib import Path
from typing import Any

from safeguards.bags.form import Damaged
from safeguards.bags.parts import most_of


def document(bag: Path, name: str) -> dict[str, Any]:
    """One JSON document of `data/`; empty where the bag has none. Raises Damaged."""
    if not (text := _text(bag, name)):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"data/{name} cannot be read.") from error
    if not isinstance(found, dict):
        raise Damaged(f"data/{name} holds something else.")
    return found


def lines(bag: Path, name: str) -> list[dict[str, Any]]:
    """The documents of one part of lines; none where the bag has no such part. Raises Damaged."""
    try:
        found = [json.loads(line) for line in _text(bag, name).splitlines()]
    except (ValueError, RecursionError) as error:
        raise Damaged(f"data/{name} cannot be read.") from error
    if not all(isinstance(row, dict) for row in found):
        raise Damaged(f"data/{name} holds something else.")
    return found


def _text(bag: Path, name: str) -> str:
    """Empty where there is no such part. What is longer than we write it may be anything, and is not parsed."""
    file = bag / "data" / name
    try:
        if not file.exists():
            return ""
        if file.stat().st_size > most_of(name):
            raise Damaged(f"data/{name} is longer than a bag's can be.")
        return file.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise Damaged(f"data/{name} cannot be read.") from error
