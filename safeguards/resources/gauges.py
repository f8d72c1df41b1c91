"""Numbers about this process, reported in by whoever knows them."""

import threading
from collections import Counter

_values: dict[str, float] = {}
_counts: Counter[str] = Counter()
_peaks: dict[str, float] = {}
_lock = threading.Lock()


def report(name: str, value: float) -> None:
    _values[name] = value


def value(name: str) -> float:
    """0 for what nobody has reported."""
    return _values.get(name, 0.0)


def count(name: str, by: int = 1) -> None:
    with _lock:
        _counts[name] += by


def peak(name: str, value: float) -> None:
    """The highest value of the second under way becomes the gauge."""
    with _lock:
        _peaks[name] = max(value, _peaks.get(name, 0.0))


def settle() -> None:
    """A second is over; called by the sampler."""
    with _lock:
        for name, value in _peaks.items():
            _values[name] = value
            _peaks[name] = 0.0


def snapshot() -> dict[str, float]:
    return dict(_values) | {f"{name}_total": float(value) for name, value in list(_counts.items())}


def text(value: float) -> str:
    """Exact, also beyond a million: a counter that is rounded looks as if it stood still."""
    return str(int(value)) if value == int(value) else repr(value)
