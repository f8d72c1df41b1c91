"""What the supervisor knows about its workers, in one small file that pages and commands read."""

import json
import logging
import time
from pathlib import Path
from typing import Any

from safeguards.resources import gauges

logger = logging.getLogger(__name__)
FILE = "status.json"
FRESH_SECONDS = 5.0  # the supervisor writes each second


def write(folder: Path, status: dict[str, Any]) -> bool:
    """Whole or not at all; a full disk is no reason for the supervisor to fall. Whether it was written."""
    try:
        fresh = folder / f"{FILE}.new"
        fresh.write_text(json.dumps(status))
        fresh.replace(folder / FILE)
    except OSError as error:
        logger.warning("The status file could not be written: %s", error)
        return False
    return True


def read(folder: Path) -> dict[str, Any] | None:
    """None when no supervisor wrote one within the last seconds."""
    try:
        status = json.loads((folder / FILE).read_text())
        return status if abs(time.time() - status["at"]) < FRESH_SECONDS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clear(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)


def prometheus_text(status: dict[str, Any] | None) -> str:
    """The supervisor's figures, as read; nothing when there is none, as under `runserver`."""
    if status is None:
        return ""
    lines = [
        "# TYPE parley_supervisor_restarts_total counter",
        f"parley_supervisor_restarts_total {status['restarts']}",
        "# TYPE parley_supervisor_workers gauge",
        f"parley_supervisor_workers {len(status['workers'])}",
        "# TYPE parley_worker gauge",
    ]
    for worker in status["workers"]:
        seen = {"beat_age_s": worker["beat_age_s"], "cores": worker["cores"], **worker["gauges"]}
        seen["left_alone"] = float(bool(worker.get("left_alone")))
        for name, value in sorted(seen.items()):
            lines.append(f'parley_worker{{pid="{worker["pid"]}",figure="{name}"}} {gauges.text(value)}')
    return "\n".join(lines) + "\n"
