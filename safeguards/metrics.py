"""The figures of this process in Prometheus' text form (exposition format 0.0.4)."""

from safeguards.resources import gauges


def prometheus_text() -> str:
    lines = []
    for name, value in sorted(gauges.snapshot().items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# TYPE parley_{name} {kind}", f"parley_{name} {value:g}"]
    return "\n".join(lines) + "\n"
