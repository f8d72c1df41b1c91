"""Small files of the system that are read each second: opened once, which is what reading them costs."""

import os
import threading
import time

MOST_BYTES = 16 * 1024  # none that is read here is larger
MOST_OPEN = 64
MISSING_SECONDS = (
    5.0  # so long one that is not there is not looked for: of two kinds of groups a system has one
)
_open: dict[str, int] = {}
_missing: dict[str, float] = {}  # path -> when it was
_lock = threading.Lock()  # a descriptor that another thread closes may be another file's by then


def text(path: str) -> str:
    """As it is now. Raises OSError."""
    with _lock:
        if time.monotonic() - _missing.get(path, -MISSING_SECONDS) < MISSING_SECONDS:
            raise FileNotFoundError(path)
        try:
            return _read(path)
        except OSError:
            if (kept := _open.pop(path, None)) is None:
                raise
            os.close(kept)  # a group that was removed, and may be there again
            return _read(path)


def close() -> None:
    """All of them; each is opened again when it is read again."""
    with _lock:
        _close()


def _read(path: str) -> str:
    if path not in _open:
        if len(_open) + len(_missing) >= MOST_OPEN:
            _close()
        _open[path] = _opened(path)
    return os.pread(_open[path], MOST_BYTES, 0).decode("utf-8", "replace")


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        _missing[path] = time.monotonic()
        raise


def _close() -> None:
    _missing.clear()
    while _open:
        os.close(_open.popitem()[1])
