"""Settings for a server in which waffle's cache of flags is stale for good: no process hears that a flag has changed.

Each process keeps what it was told to keep last, by a request with `X-Fill`. Every page says which worker made it, and
what the cache and the snapshot of that worker say of its person. With UNGUARDED=snapshot the cache is what is asked.
"""

import os
from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponse

from board.settings import *  # noqa: F403 - all settings, but for those below
from board.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.stale.Stale"]
MIDDLEWARE = [*MIDDLEWARE, "tests.support.stale.Telling"]
# In the memory of each process, as where nothing else is set up; and it never expires.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": None}}
FEATURES = ("live_board", "live_presence", "live_cursors")
known: Callable[[str, int | None], bool]


class Stale(AppConfig):
    name = "tests.support"
    label = "stale"

    def ready(self) -> None:
        global known
        from collaboration import streams  # noqa: PLC0415 - models are there only now
        from safeguards import flags  # noqa: PLC0415 - models are there only now
        from safeguards.models import Flag  # noqa: PLC0415 - models are there only now

        Flag.flush = lambda self: None  # the word that a flag has changed is lost, also where it was changed
        known = flags.is_on
        streams.HEADERS.append((b"x-worker", str(os.getpid()).encode()))
        if os.environ.get("UNGUARDED") == "snapshot":
            flags.is_on = cached


class Telling:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "X-Fill" in request.headers:
            fill()
        response = self.get_response(request)
        response["X-Worker"] = str(os.getpid())
        for name, ask in (("Cached", cached), ("Known", known)):
            response[f"X-{name}"] = "on" if ask(FEATURES[0], request.user.pk) else "off"
        return response


def fill() -> None:
    """From now on this process's cache says what is so now."""
    from waffle.utils import get_cache  # noqa: PLC0415 - it needs the settings

    get_cache().clear()
    for feature in FEATURES:
        _read(feature)


def cached(feature: str, user_pk: int | None) -> bool:
    """waffle's own answer, as it is without ours."""
    if user_pk is None:
        return False
    try:
        row, people = _read(feature)
    except SynchronousOnlyOperation:
        return False  # asked by the event loop, before any page has filled it
    return bool(row.everyone) if row.everyone is not None else user_pk in people


def _read(feature: str) -> tuple[Any, set[int]]:
    from waffle.models import BaseModel  # noqa: PLC0415 - models are there only now

    from safeguards.models import Flag  # noqa: PLC0415 - models are there only now

    row = BaseModel.get.__func__(Flag, feature)
    return row, row._get_user_ids() if row.pk else set()
