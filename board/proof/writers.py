"""How long a write of several processes on one SQLite file takes, each thread writing as fast as it can.

`python -m board.proof.writers [--processes 4] [--threads 2] [--seconds 6]`"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any
from uuid import uuid4

from board.proof.loadtest import ROOT, _manage

WRITER = "from board.proof.writers import write; write({threads}, {seconds})"


def measure(processes: int, threads: int, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="parley-writers-") as folder:
        environment = os.environ | {"DATA_DIR": folder, "DEMO": "1"}
        _manage(environment, "migrate", "-v0")
        _manage(environment, "demo")
        script = WRITER.format(threads=threads, seconds=seconds)
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
        started = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
            for _process in range(processes)
        ]
        told = [json.loads(one.communicate()[0]) for one in started]
    taken = sorted(each for one in told for each in one)
    figures = {f"p{share}_ms": taken[len(taken) * share // 100] for share in (50, 95, 99)}
    return {"writes": [len(one) for one in told], **figures, "slowest_ms": taken[-1]}


def write(threads: int, seconds: float) -> None:
    """What one of the processes does; prints the milliseconds of each write."""
    from board.models import Membership, Zone  # noqa: PLC0415 - there are models only now
    from board.operations.cards import create_card  # noqa: PLC0415 - the same

    seat = Membership.objects.select_related("board", "user").exclude(role="observer")[0]
    zone = Zone.objects.filter(board=seat.board).values_list("uid", flat=True)[0]
    taken: list[float] = []

    def flat_out() -> None:
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            create_card(seat.board.slug, seat.user, uuid4(), "fact", "One of very many", zone)
            taken.append(round((time.monotonic() - began) * 1000, 1))

    writers = [threading.Thread(target=flat_out) for _thread in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    print(json.dumps(taken))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    print(json.dumps(measure(given.processes, given.threads, given.seconds)))


if __name__ == "__main__":
    main()
