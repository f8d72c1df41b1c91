"""What this process uses, for less than asking for everything that is known of it."""

import os
import resource
import time
from typing import NamedTuple

import psutil

from safeguards.resources import files

# Of what follows the name in /proc/<pid>/stat, see proc(5).
THREADS, RSS = 17, 21


class Used(NamedTuple):
    """Seconds of processor, of all threads; bytes of memory; threads."""

    cpu: float
    rss: int
    threads: int


def used() -> Used:
    """Raises OSError, psutil.Error."""
    cpu = time.process_time()
    try:
        told = files.text(f"/proc/{os.getpid()}/stat").rpartition(")")[2].split()
        return Used(cpu, int(told[RSS]) * resource.getpagesize(), int(told[THREADS]))
    except (OSError, ValueError, IndexError):  # another system than Linux
        process = psutil.Process()
        return Used(cpu, process.memory_info().rss, process.num_threads())
