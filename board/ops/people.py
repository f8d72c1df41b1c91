"""Whom the operations page can put aside: who asks most in any process, and who is without live now."""

import re
import time
from typing import Any

from board.ops import stored
from safeguards import breakers, loud, quarantine

SHOWN = 50  # in quarantine; by hand first, then who is there longest
TOKEN = re.compile(r"token:[0-9a-z]{64}")
BROWSER = re.compile(r"browser:[0-9a-f]{32}")
USER = re.compile(rf"user:[0-9]{{1,{stored.DIGITS}}}")
SHORT = 12  # characters of a browser's key
Told = dict[str, Any]


def known(of_workers: list[Told] | None) -> Told:
    """`of_workers`: as each of them tells it, None where nobody gathers that: then of this process."""
    told = loud.here() if of_workers is None else loud.merged(of_workers)
    put_aside = _quarantined(told)
    return {
        "talkers": [_talker(who, browser, kinds) for (who, browser), kinds in told.talkers],
        "top": [((name_of(who), name_of(browser), what), count) for (who, browser, what), count in told.top],
        "quarantined": put_aside[:SHOWN],
        "quarantined_more": max(0, len(put_aside) - SHOWN),
    }


def can_be_quarantined(key: str) -> bool:
    """Only who is proven, and browsers: an address may be an office."""
    return any(kind.fullmatch(key) for kind in (USER, TOKEN, BROWSER))


def name_of(key: str) -> str:
    """A browser has none; the beginning of its key tells two apart, and is the one in bags."""
    kind, _colon, rest = key.partition(":")
    return rest[:SHORT] if kind == "browser" else stored.name_of(key)


def _talker(who: str, browser: str, kinds: dict[str, int]) -> Told:
    """Who can be put aside has a `key`, and the same for the browser."""
    return {
        "id": _id(f"{who}-{browser}"),
        "key": _key(who),
        "name": name_of(who),
        "browser": name_of(browser),
        "browser_key": _key(browser),
        "kinds": kinds,
    }


def _key(who: str) -> str:
    return who if can_be_quarantined(who) and not breakers.is_quarantined(who) else ""


def _quarantined(told: loud.Loud) -> list[Told]:
    """By hand in all processes of this host, or by a rule in one of them."""
    by_hand, now = quarantine.orders(), time.time()
    found = {who: (reason, until, "") for who, (reason, until) in told.aside.items() if until > now}
    found |= {who: (said["reason"], said["until"], said["by"]) for who, said in by_hand.items()}
    ordered = sorted(found.items(), key=lambda item: (not item[1][2], item[0]))
    return [
        {
            "key": who,
            "id": _id(who),
            "name": name_of(who),
            "is_browser": who.startswith("browser:"),
            "reason": reason,
            "minutes": max(1, round((until - now) / 60)),
            "by": by,
        }
        for who, (reason, until, by) in ordered
    ]


def _id(key: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in key)[:120]
