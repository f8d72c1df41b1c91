"""The figures of this process in Prometheus' text form (exposition format 0.0.4)."""

from collections.abc import Iterable

from safeguards.causes import causes
from safeguards.resources import gauges

LOUDEST = 10  # people told apart by name; the rest are in the totals


def prometheus_text() -> str:
    lines = []
    for name, value in sorted(gauges.snapshot().items()):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# TYPE parley_{name} {kind}", f"parley_{name} {gauges.text(value)}"]
    return "\n".join([*lines, *_asked(), *_caused()]) + "\n"


def _asked() -> Iterable[str]:
    yield "# TYPE parley_asked_10s gauge"
    for (person, browser), kinds in causes.talkers(LOUDEST):
        for kind, count in kinds.items():
            # What was asked, and why: two ways to count the same requests.
            label = f'cause="{kind[3:]}"' if kind.startswith("by ") else f'kind="{kind}"'
            yield f'parley_asked_10s{{person="{person}",browser="{browser}",{label}}} {count}'


def _caused() -> Iterable[str]:
    yield "# TYPE parley_caused_10s gauge"
    for (person, browser, what), count in causes.top(LOUDEST):
        yield f'parley_caused_10s{{person="{person}",browser="{browser}",what="{what}"}} {count}'
