"""Where this server is reached, and whether synthetic people may ask anything of it now."""

from pathlib import Path

from django.conf import settings

from safeguards import kill, status

LEAVE_LEVEL = 2  # of the ladder: the server needs its strength for people


def may_act() -> bool:
    """Live is on, no level has been reached that leaves things out, and there is a worker that has begun."""
    told = status.read(Path(settings.DATA_DIR) / "run")
    workers = [worker["gauges"] for worker in (told or {}).get("workers", [])]
    if not workers or not all(workers):
        return False
    return kill.killed() is None and max(int(one.get("ladder_level", 0)) for one in workers) < LEAVE_LEVEL


def reached_at(host: str) -> str:
    """Who listens everywhere is reached on loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - it is compared
