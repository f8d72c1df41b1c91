"""Whether those who guard are alive themselves, each with a word about it."""

import time
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from board.ops.stored import last
from board.ops.workers import Standing
from safeguards import kill
from safeguards.store import store

FRESH_SECONDS = 5.0


class Light(NamedTuple):
    """`tone`: good, bad, or idle where there is nothing to guard."""

    name: str
    tone: str
    word: str


def lights(told: dict[str, Any] | None, standing: Standing) -> list[Light]:
    """`told`: what the supervisor last wrote, None without one."""
    made = [_supervisor(told), _sampler(standing), _lease(standing), _kill_sources(told)]
    if settings.REDIS_URL:
        made.append(_redis())
    return [*made, _database(), _judge(), _residents()]


def _supervisor(told: dict[str, Any] | None) -> Light:
    if told is not None:
        return Light(_("Supervisor"), "good", _("writes its status"))
    if kill.is_supervised:
        return Light(_("Supervisor"), "bad", _("has not written for seconds"))
    return Light(_("Supervisor"), "idle", _("none runs here"))


def _sampler(standing: Standing) -> Light:
    """The worst of all workers."""
    if standing.is_blind:
        return Light(_("Sampler"), "bad", _("misses figures"))
    if standing.blind:
        word = _("misses figures in worker %(pids)s") % {"pids": ", ".join(standing.blind)}
        return Light(_("Sampler"), "bad", word)
    return Light(_("Sampler"), "good", _("measures"))


def _lease(standing: Standing) -> Light:
    if standing.is_leaseless:
        return Light(_("Lease"), "bad", _("has run out: live is off"))
    if standing.leaseless:
        word = _("has run out in worker %(pids)s: live is off there") % {
            "pids": ", ".join(standing.leaseless)
        }
        return Light(_("Lease"), "bad", word)
    return Light(_("Lease"), "good", _("renewed"))


def _kill_sources(told: dict[str, Any] | None) -> Light:
    """Whoever reads them for this process: the supervisor, or itself."""
    if kill.is_supervised:
        age = (told or {}).get("known_age_s")
    else:
        known_at = kill.known_at()
        age = None if known_at is None else time.monotonic() - known_at
    read = isinstance(age, int | float) and age < FRESH_SECONDS
    silent = ", ".join(sorted(kill.silent()))
    word = _("read") if read else _("cannot be read")
    return Light(
        _("Kill switch"), "good" if read and not silent else "bad", f"{word}; {silent}?" if silent else word
    )


def _redis() -> Light:
    here = store()
    away = here is None or here.is_away()
    return Light(_("Redis"), "bad" if away else "good", _("is away") if away else _("answers"))


def _database() -> Light:
    answered = last().is_answered
    return Light(_("Database"), "good" if answered else "bad", _("answers") if answered else _("is away"))


def _judge() -> Light:
    judged = last().judge
    if judged is None:
        return Light(_("Judge"), "idle", _("nothing is tested"))
    return Light(
        _("Judge"), "good" if judged else "bad", _("looks") if judged else _("has not looked lately")
    )


def _residents() -> Light:
    tone, words = last().residents or ("idle", _("nothing is tested"))
    return Light(_("Residents"), tone, words)
