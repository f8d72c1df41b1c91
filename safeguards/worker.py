"""What a worker process is from its first breath: a lifeline to its supervisor, then whatever it runs.

`python -m safeguards.worker module:function --socket FD --heart FD --life FD --stacks FD`
"""

import argparse
import asyncio
import faulthandler
import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from safeguards.resources import gauges
from safeguards.stacks import stacks

HEARTBEAT_SECONDS = 0.25
LAST_BREATH_SECONDS = 0.7  # gone within a second after the supervisor
LAST_WORDS_SECONDS = 1.0  # with drain and grace below the 3 s after which a supervisor kills
FIRST_WORD_SECONDS = 2.0  # a supervisor that says nothing is no reason not to serve plain pages
MOST_BYTES = 64 * 1024
MORE = "loud"  # what a line that holds no gauges is known by
STACKS = "stacks"  # asks for them, down the lifeline
ASK_STACKS = signal.SIGUSR1


class Lifeline:
    """What the supervisor says, one JSON object a line. When it is gone, however it died, this process leaves."""

    def __init__(self, life: int, stacks: int) -> None:
        self.life, self.stacks = life, stacks
        self.leave: Callable[[], None] | None = (
            None  # how to leave politely, once there is something to leave
        )
        self.hear: Callable[[dict[str, Any]], None] | None = None
        self.last: dict[str, Any] = {}
        self.heard = threading.Event()
        threading.Thread(target=self._wait, name="lifeline", daemon=True).start()

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        """`hear` gets what was said last, and everything from now on."""
        self.heard.wait(FIRST_WORD_SECONDS)
        self.hear = hear
        if self.last:
            hear(self.last)

    def _wait(self) -> None:
        rest = b""
        while said := os.read(self.life, 65536):
            *lines, rest = (rest + said).split(b"\n")
            rest = rest[-MOST_BYTES:]  # half a line without end is nobody's word
            for line in lines:
                self._understand(line)
        if self.leave is not None:
            self.leave()
            time.sleep(LAST_BREATH_SECONDS)  # what is open is told goodbye meanwhile, by the loop's thread
        os._exit(1)

    def _understand(self, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        if STACKS in said:
            os.write(self.stacks, stacks().encode("utf-8", "replace")[:MOST_BYTES])
            return
        self.last = said
        self.heard.set()
        if self.hear is not None:
            self.hear(self.last)


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker is given: the listening socket, its heart, its lifeline; `rest`: seconds to begin without live."""

    socket: int
    heart: int
    lifeline: Lifeline = field(repr=False)
    rest: float = 0.0


async def beat(heart: int, more: Callable[[], dict[str, Any]] = dict) -> None:
    """One line of gauges each 250 ms, from the event loop: a blocked loop falls silent. A line of `more` whenever
    that has changed."""
    os.set_blocking(heart, False)
    said: dict[str, Any] = {}
    while True:
        try:
            if (now := more()) != said:
                os.write(heart, json.dumps({MORE: now}).encode() + b"\n")
                said = now
            os.write(heart, json.dumps(gauges.snapshot()).encode() + b"\n")
        except BlockingIOError:
            pass  # the supervisor is busy; the next beat says it all again
        except OSError:
            return
        await asyncio.sleep(HEARTBEAT_SECONDS)


def leave(code: int = 0, last_words: Callable[[], None] = lambda: None) -> NoReturn:
    """End this process as it stands, once the last words are written or a second is over.

    Threads may be inside the database: one that comes back while the interpreter is taken apart can crash it."""
    speaking = threading.Thread(target=_say, args=(last_words,), name="last words", daemon=True)
    speaking.start()
    speaking.join(LAST_WORDS_SECONDS)
    os._exit(code)


def _say(last_words: Callable[[], None]) -> None:
    try:
        last_words()
    except Exception:
        logging.getLogger(__name__).exception("The last words of this worker could not be written.")
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def main() -> NoReturn:
    parser = argparse.ArgumentParser()
    parser.add_argument("entry")
    for name in ("socket", "heart", "life", "stacks"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rest", type=float, default=0.0)
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    # Written by the signal handler itself: it works while one thread holds the interpreter, or memory is broken.
    faulthandler.enable(file=given.stacks, all_threads=True)
    faulthandler.register(ASK_STACKS, file=given.stacks, all_threads=True)
    place = Place(given.socket, given.heart, Lifeline(given.life, given.stacks), given.rest)
    leave(_run(given.entry, place))


def _run(entry: str, place: Place) -> int:
    """With what code it ends."""
    module, _colon, function = entry.partition(":")
    try:
        getattr(importlib.import_module(module), function)(place)
    except SystemExit as told:
        return told.code if isinstance(told.code, int) else int(bool(told.code))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
