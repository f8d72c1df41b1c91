"""Every limit with its default; `settings.PARLEY` overrides single ones by name, LIMITS=wide all at once."""

from django.conf import settings

from safeguards.kernel.rate_limit import Rate

WIDE = 1000  # LIMITS=wide: load tests and chaos only
RATES = {
    "write": Rate(0.1, 40),  # a person typing and dragging fast stays far below
    "read": Rate(0.05, 200),
    "stream": Rate(1.0, 10),  # per person, browser and board
    "repair": Rate(5.0, 2),
    "sign_in_address": Rate(0.6, 100),  # before Django; an office behind one address fits
    "sign_in_failure": Rate(6.0, 10),  # counted by the form, per address and name
    "host": Rate(0.005, 400),  # the whole feature
}
NUMBERS: dict[str, float] = {
    "body_bytes": 64 * 1024,
    "header_bytes": 32 * 1024,
    "header_seconds": 10,
    "body_seconds": 10,
    "inside_django": 6,
    "queue": 64,
    "queue_seconds": 2,
    "streams_per_person": 8,
    "boards_per_browser": 4,
    "streams_per_process": 1500,
    "cpu_trip": 0.85,  # of one core, over 2 s
    "cpu_clear": 0.50,
    "lag_ms": 250,
    "rss_bytes": 1024**3,
    "breaker_rest_seconds": 15,
    "breaker_calm_seconds": 5,
}
CAPS = {"streams_per_person", "boards_per_browser", "streams_per_process"}


def rate(name: str) -> Rate:
    return RATES[name].times(WIDE if settings.LIMITS == "wide" else 1)


def number(name: str) -> float:
    value = settings.PARLEY.get(name, NUMBERS[name])
    return value * WIDE if settings.LIMITS == "wide" and name in CAPS else value
