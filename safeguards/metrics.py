"""The figures of this process and its supervisor in Prometheus' text form (exposition format 0.0.4)."""

from collections.abc import Iterable
from pathlib import Path

from safeguards import loud, status
from safeguards.resources import gauges


def prometheus_text(folder: Path) -> str:
    """Gauges of this process; the loudest of all workers, where a supervisor gathers them in `folder`."""
    lines = []
    for name, value in sorted(gauges.snapshot().items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# TYPE parley_{name} {kind}", f"parley_{name} {gauges.text(value)}"]
    told = status.read(folder)
    loudest = (
        loud.here() if told is None else loud.merged(worker.get("loud", {}) for worker in told["workers"])
    )
    return "\n".join([*lines, *_asked(loudest), *_caused(loudest)]) + "\n" + status.prometheus_text(told)


def _asked(loudest: loud.Loud) -> Iterable[str]:
    yield "# TYPE parley_asked_10s gauge"
    for (person, browser), kinds in loudest.talkers:
        for kind, count in kinds.items():
            # What was asked, and why: two ways to count the same requests.
            label = f'cause="{kind[3:]}"' if kind.startswith("by ") else f'kind="{kind}"'
            yield f'parley_asked_10s{{person="{person}",browser="{browser}",{label}}} {count}'


def _caused(loudest: loud.Loud) -> Iterable[str]:
    yield "# TYPE parley_caused_10s gauge"
    for (person, browser, what), count in loudest.top:
        yield f'parley_caused_10s{{person="{person}",browser="{browser}",what="{what}"}} {count}'
