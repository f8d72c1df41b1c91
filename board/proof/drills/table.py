"""The results of drills as a page: figures of one run on one machine, and what no drill is held to."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from board.proof.drills import DRILLS
from board.proof.drills.bar import BAR


def page(results: list[dict[str, Any]]) -> str:
    count = sum(result["passed"] for result in results)
    return (
        "# Drills\n\nWritten by `make drills`, which attacks a server of its own and then a server without the "
        f"safeguard in question.\n\nLast run: {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; {count} of {len(results)} drills held.\n\n"
        "| drill | | contained after, s | runbook |\n|---|---|---|---|\n"
        + "".join(map(_verdict, results))
        + "\n| drill | what is bounded | measured | bound | |\n|---|---|---|---|---|\n"
        + "".join(row for result in results for row in _figures(result))
        + "".join(
            f"\n{result['drill']}: not run: {what}.\n"
            for result in results
            for what in result.get("not_run", [])
        )
        + "\n"
        + unbound()
    )


def unbound() -> str:
    """The bounds of the common bar that make no sense in a drill; those of all drills, whatever was run."""
    return (
        f"## Not bound\n\nEvery drill is held to one bar besides its own bounds: {_listed(BAR)}.\nIt leaves one "
        "audit row and one file in `DATA_DIR/incidents` where it was asked for. Where a bound makes no sense:\n\n"
        "| drill | what is not bounded | why |\n|---|---|---|\n"
        + "".join(
            f"| {drill.number} {drill.name} | {_listed(names)} | {why} |\n"
            for drill in DRILLS.values()
            for why, names in _by_reason(drill.excused).items()
        )
    )


def _listed(names: Sequence[str]) -> str:
    return "all" if names == [*BAR] else " · ".join(names)


def _by_reason(excused: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in BAR:
        if name in excused:
            found.setdefault(excused[name], []).append(name)
    return found


def _verdict(result: dict[str, Any]) -> str:
    contained, runbook = result["contained_s"], Path(result["runbook"])
    link = f"[{runbook.stem}](runbooks/{runbook.name})"
    return f"| {result['drill']} | {_held(result['passed'])} | {'never' if contained is None else contained} | {link} |\n"


def _figures(result: dict[str, Any]) -> Iterator[str]:
    for what, bound in result["bounds"].items():
        yield f"| {result['drill']} | {what} | {bound['value']} | {bound['limit']} | {_held(bound['ok'])} |\n"


def _held(ok: bool) -> str:
    return "held" if ok else "**broken**"
