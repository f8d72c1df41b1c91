"""Numbers about this process, reported in by whoever knows them."""

import threading
from collections import Counter

_values: dict[str, float] = {}
_counts: Counter[str] = Counter()
_lock = threading.Lock()


def report(name: str, value: float) -> None:
    _values[name] = value


def value(name: str) -> float:
    """0 for what nobody has reported."""
    return _values.get(name, 0.0)


def count(name: str, by: int = 1) -> None:
    with _lock:
        _counts[name] += by


def snapshot() -> dict[str, float]:
    return dict(_values) | {f"{name}_total": float(value) for name, value in list(_counts.items())}
