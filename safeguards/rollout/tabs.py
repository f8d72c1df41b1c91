"""Whether somebody has a board open in several tabs: a page comes, and the stream that another one holds goes on.

A page that is loaded anew asks for itself while the one before still has its stream, so the answer needs a moment."""

import threading
from collections import OrderedDict

from safeguards.causes import causes

SURE_SECONDS = (
    4.0  # by then a page that was loaded anew has begun a stream of its own, also in another worker
)
MOST = 1_000
_pages: OrderedDict[tuple[int, str], float] = (
    OrderedDict()
)  # person and browser -> when the page was asked for
_lock = threading.Lock()


def opened(person: int, browser: str) -> None:
    """They asked for a page while their browser has a stream. From the event loop, in memory."""
    with _lock:
        if len(_pages) < MOST:
            _pages.setdefault((person, browser), causes.now())


def several() -> list[int]:
    """Who has several tabs, each once for each page that showed it; called each second."""
    found, now = [], causes.now()
    with _lock:
        for (person, browser), at in list(_pages.items()):
            if now - at < SURE_SECONDS:
                break
            del _pages[person, browser]
            if causes.has_kept_stream(browser, at):
                found.append(person)
    return found


def reset() -> None:
    _pages.clear()
