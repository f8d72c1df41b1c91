"""How each tester fares, in words for the flag page."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import conf, latency
from safeguards.models import AuditEntry, Flag, Tester
from safeguards.rollout.sequential_test import BAD
from safeguards.rollout.verdicts import clock_time

ENTRIES = 200  # rollbacks looked through, newest first


class Health(NamedTuple):
    """`tone`: good, bad, or idle where there is nothing to say yet."""

    tone: str
    words: str


def rolled_back(flag: Flag) -> dict[str, tuple[str, datetime]]:
    """Who lost it by a rule, the last time: user name -> rule, and when."""
    entries = AuditEntry.objects.filter(subject=flag.name, action="rollout.rollback", actor_kind="auto")
    found: dict[str, tuple[str, datetime]] = {}
    for entry in entries[:ENTRIES]:
        before, after = entry.before or {}, entry.after or {}
        lost = {*before.get("testers", [])} - {*after.get("testers", [])}
        # Who had it as a superuser, or as one of a share, is on no list.
        broke = after.get("evidence", {}).get("person", "")
        for name in filter(None, lost | {broke}):
            found.setdefault(name, (entry.actor.removeprefix("auto:"), entry.at))
    return found


def of(tester: Tester, broken: tuple[str, datetime] | None = None) -> Health:
    """`broken`: the contract they lost it by before, and when."""
    made = _now(tester)
    if tester.off_seconds is not None:
        took = _("The last time, it was gone from their pages after %(took)s.")
        made = Health(made.tone, f"{made.words} {took % {'took': latency.words(tester.off_seconds)}}")
    if broken is None:
        return made
    before = _("Before: rolled back by %(rule)s, %(at)s.") % {"rule": broken[0], "at": clock_time(broken[1])}
    return Health(made.tone, f"{made.words} {before}")


def _now(tester: Tester) -> Health:
    now, silent = timezone.now(), timedelta(seconds=conf.number("tester_silent_seconds"))
    if tester.seen_at is None or not tester.requests:
        return Health("idle", _("Not seen yet."))
    if tester.errors:
        said = ngettext(
            "%(errors)s error in %(requests)s requests.",
            "%(errors)s errors in %(requests)s requests.",
            tester.errors,
        ) % {"errors": tester.errors, "requests": tester.requests}
        return Health("bad" if tester.errors / tester.requests >= BAD else "idle", said)
    if now - tester.seen_at > silent:
        return Health(
            "idle", _("Silent since %(at)s; no error until then.") % {"at": clock_time(tester.seen_at)}
        )
    minutes = int((now - tester.since).total_seconds() // 60)
    return Health(
        "good",
        ngettext(
            "Healthy for %(minutes)s min: no error in %(requests)s request, every contract kept.",
            "Healthy for %(minutes)s min: no error in %(requests)s requests, every contract kept.",
            tester.requests,
        )
        % {"minutes": minutes, "requests": tester.requests},
    )
