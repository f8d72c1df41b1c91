"""Who plays a game day: a thread of `manage.py serve`, outside of the workers that are attacked."""

import time

from django.db import connections
from django.utils.translation import gettext as _

from board.game_day.drills import PLAYED, OutOfTime, Report
from board.operations.residents import Tenant, evict_residents, house_residents
from board.residents.place import may_act, reached_at
from board.residents.visitor import Visitor
from safeguards import game_days
from safeguards.models import GameDay
from safeguards.stages import RESIDENT

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 30.0  # after the database did not answer
NAME = f"{RESIDENT}drill-"  # they test no feature either
PEOPLE = 2


def stand_by(host: str, port: int) -> None:
    """In a thread, for ever."""
    address, seconds = (reached_at(host), port), LOOK_SECONDS
    while True:
        time.sleep(seconds)  # this thread does nothing else; a game day begins within two seconds
        try:
            look(address)
            seconds = LOOK_SECONDS
        except Exception as error:  # a thread that ends here would leave every later one waiting
            print(f"A game day was disturbed: {error!r}", flush=True)
            connections.close_all()
            seconds = AGAIN_SECONDS


def look(address: tuple[str, int]) -> None:
    """Play what waits, if something does."""
    day = game_days.claim()
    if day is None:
        return
    try:
        result = play(day, address)
    except Exception as error:
        result = game_days.failed(f"{type(error).__name__}: {error}"[:300])
    game_days.finish(day, result)


def play(day: GameDay, address: tuple[str, int]) -> dict[str, object]:
    """What became of it; leaves nothing but accounts."""
    if not may_act():
        return game_days.failed(_("Live is killed or the server is pressed: not now."))
    tenants: list[Tenant] = []
    report = Report()
    try:
        tenants = house_residents(PEOPLE, NAME)
        people = [Visitor(address, tenant) for tenant in tenants]
        PLAYED[day.drill](people, time.monotonic() + game_days.MOST_SECONDS, report)
    except OutOfTime:
        return report.result() | {"passed": False, "error": _("It took too long and was given up.")}
    finally:
        evict_residents(tenants)
    return report.result()
