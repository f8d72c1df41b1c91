"""Every limit with its default; `settings.PARLEY` overrides single ones by name, LIMITS=wide widens all at once."""

from django.conf import settings

from safeguards.kernel.rate_limit import Rate

WIDE = 1000  # LIMITS=wide: load tests and chaos only
RATES = {
    "write": Rate(0.1, 40),  # per person; typing and dragging fast stays far below
    "operate": Rate(1.0, 20),  # per person; the switches of staff, as fast as hands press them
    "read": Rate(0.05, 200),  # per person; static files are not counted
    "static": Rate(0.05, 2000),  # per person and process; thirty people load a thousand files at once
    "stream": Rate(1.0, 10),  # per person, browser and board
    "streams": Rate(0.1, 100),  # opened and repaired by one person, whatever browser and board they name
    "repair": Rate(5.0, 2),  # gap repair, per person; each reads and renders up to five hundred events
    "pulse": Rate(0.1, 20),
    "draft": Rate(1.0, 20),  # per person; a page saves each field they type in every ten seconds
    "watch": Rate(1.0, 10),  # streams of the operations page, per person
    "sign_in_address": Rate(0.6, 100),  # per address, before Django; an office behind one address fits
    "add_member": Rate(6.0, 10),  # adding by name tells whether it exists: no faster than people type
    "sign_in_failure": Rate(6.0, 10),  # per address and name, counted by the form
    "health": Rate(0.05, 200),  # per address
    # Sent by a script for nobody's gesture, per person and kind: the page's own bucket.
    "uncaused": Rate(0.5, 10),
    # Of one program, to everything that one event has brought about: two writes at each of three hops.
    "reaction": Rate(60.0, 6),
    # Of everybody together, writes and live apart, so that neither uses up the other's:
    "writes": Rate(0.005, 400),
    "feature": Rate(0.005, 400),  # streams opened and gaps repaired
    "strangers": Rate(0.02, 200),  # the same of all who are not signed in
    "pulses": Rate(0.0025, 400),  # forty people who all move at once
    "drafts": Rate(0.05, 200),  # two hundred people who all type
}
NUMBERS: dict[str, float] = {
    "body_bytes": 64 * 1024,
    "header_bytes": 32 * 1024,
    "header_seconds": 10,
    "body_seconds": 10,
    "write_seconds": 10,  # a client that reads less than write_bytes in this time is cut
    "write_bytes": 10 * 1024,
    "unread_bytes": 64
    * 1024**2,  # of one process, of answers that wait for their readers: then the oldest are cut
    "inside_django": 6,  # each holds a thread and a database connection
    "inside_long": 4,  # beside them, one of each key: answers too long to be kept, for as long as their readers take
    "long_queue": 8,
    "long_queue_per_key": 2,
    "inside_programs": 1,  # of those, for what nobody's hand began
    "slowed": 1000,  # of those, turned away, that wait for their answer; each holds a connection, no thread
    "queue": 64,
    "queue_seconds": 2,
    "inside_per_key": 2,  # of one proven person; 0: everybody in one queue, in order of arrival
    "queue_per_key": 16,
    "inside_per_address": 3,  # of who is not proven: an office behind one address fits
    "queue_per_address": 48,
    "inside_sign_ins": 2,  # of those inside, for what hashes a password: each keeps a core busy
    "sign_in_rest": 3,  # times as long as it took, its place stays empty: together they use half a core
    "sign_in_rest_seconds": 1,  # and no longer
    "inside_opens": 1,  # boards that are opened at once
    "open_queue": 400,  # who wait for that
    "open_queue_seconds": 10,
    "open_rest": 1,  # times as long as it took, nobody opens one: however many come back, a part of a core is left
    "open_rest_seconds": 0.5,  # and no longer
    "inside_operators": 2,  # beside those inside, for the switches of staff
    "operator_queue": 64,
    "sign_ins_per_address": 1,  # 0: those of everybody in one queue
    "sign_in_queue": 96,
    "sign_in_queue_per_address": 40,
    "sign_in_queue_seconds": 30,  # an office that signs in at the same time
    "static_inside": 4,
    "static_queue": 1000,  # thirty people opening the board at once ask for a thousand files
    "static_queue_seconds": 10,
    "hold_refusals": 20,  # of all processes together; each bears its part, and one at least
    "hold_window_seconds": 10,
    "hold_wait_seconds": 2,
    "hold_connections": 2000,  # left unread before they are cut, of all held keys together
    "streams_per_person": 8,
    "boards_per_browser": 4,
    "streams_per_process": 1500,
    # That share what one key draws while it is held, and the limits while their store is away; 0: this server's workers.
    "processes": 0,
    "rss_bytes": 1024**3,  # of one process, or the memory the container or host has, when that is less
    "threads": 64,
    "lag_ms": 250,
    "reconnects": 2,  # per stream and minute
    "ladder_samples": 2,  # in a row, one a second
    "ladder_dwell_seconds": 15,
    "live_cutoff_level": 4,
    "r_trip": 0.9,  # requests caused per request, over 10 s
    "r_causes": 10,  # fewer count as so many
    "r_early": 30,  # requests caused since the last sample: R is looked at before the next one is due
    "breaker_rest_seconds": 30,
    "breaker_clean_seconds": 30,
    "breaker_probes": 5,
    "lease_seconds": 5,
    "blind_seconds": 4,  # without a sample, due each second, nobody knows how this process is; off within 6 s
    "beat_stack_seconds": 0.75,  # without a heartbeat: the supervisor asks for the worker's stacks
    "beat_recycle_seconds": 5,
    "spin_cores": 0.95,
    "spin_seconds": 5,
    "drain_seconds": 5,
    "term_seconds": 3,
    "restart_budget": 3,  # in restart_window_seconds; then the worker stays up without live
    "restart_window_seconds": 60,
    "recycled_rest_seconds": 30,
    # What a stage has to have seen before it may grow:
    "exposure_requests": 300,
    "exposure_minutes": 30,
    "exposure_edits": 20,
    "exposure_reconnects": 1,
    "exposure_tabs": 1,
    "baseline_days": 7,
    "judge_silent_seconds": 30,
    "tester_silent_seconds": 900,
    "residents": 3,  # who live beside a stage and show what it does to everybody else; 0: none, so nothing grows
    "residents_seconds": 10,  # in which each of them reads once and writes once; never above one request a second
    "residents_block_seconds": 30,
    "residents_blocks": 3,  # too slow in a row: the stage goes back
    "residents_failures": 3,  # in a row: the same
    "residents_silent_seconds": 90,
}
WIDENED = {
    "streams_per_person",
    "boards_per_browser",
    "streams_per_process",
    "queue",
    "queue_per_key",
    "queue_per_address",
    "sign_in_queue",
    "inside_opens",
    "open_queue",
    "sign_in_queue_per_address",
    "static_queue",
    "hold_refusals",
}


def rate(name: str) -> Rate:
    """`PARLEY["write_interval"]` (seconds) and `PARLEY["write_burst"]` override the two halves of one rate."""
    default = RATES[name]
    interval = settings.PARLEY.get(f"{name}_interval", default.interval)
    burst = int(settings.PARLEY.get(f"{name}_burst", default.burst))
    return Rate(interval, burst).times(WIDE if settings.LIMITS == "wide" else 1)


def number(name: str) -> float:
    value = settings.PARLEY.get(name, NUMBERS[name])
    if name == "processes" and not value:
        return settings.WORKERS
    return value * WIDE if settings.LIMITS == "wide" and name in WIDENED else value


def limit(name: str) -> int:
    """A whole number: bytes, streams, requests."""
    return int(number(name))
