"""What a serving process tells of itself when a bag is sealed, wherever that is: its stacks and what it counted.

It needs neither a database nor the event loop: whoever seals makes a folder beside the witnesses, and each puts its
answer into it. While nobody asks, that costs one look at a folder a second."""

import json
import logging
import os
from io import FileIO

from safeguards.bags import facts, present
from safeguards.resources.steady import Steady
from safeguards.stacks import stacks as stacks_now

logger = logging.getLogger(__name__)
ASKS = 4  # answered at once
BYTES = 512 * 1024  # of one answer
STACKS = 64 * 1024  # characters thereof


class Witness(Steady):
    """A thread of its own: the chores may wait for a database, and the sampler waits for no disk."""

    def __init__(self) -> None:
        super().__init__("witness")
        self.stem = ""
        self._here: FileIO | None = None
        self._seen, self._is_new = 0, False
        self._answered: set[str] = set()
        self._fails = False
        self.subscribe(self.look)

    def look(self) -> None:
        """Answer whoever asks; a folder that cannot be used is said once, and tried again."""
        try:
            self._look()
            self._fails = False
        except OSError as error:
            if not self._fails:
                logger.warning("A bag that is sealed now would not hear of this process: %s", error)
            self._fails = True
            if self._here is not None and not present.folder().exists():
                self._here.close()
                self._here = None  # with the folder it was removed

    def _look(self) -> None:
        if self._here is None:
            self.stem, self._here = present.come()
        changed = os.stat(present.folder()).st_mtime_ns
        # Once more after each change: two within one tick of the file system leave the same time.
        is_new, self._is_new = self._is_new, changed != self._seen
        self._seen = changed
        if is_new or self._is_new:
            self._answer(present.asks())

    def leave(self) -> None:
        """Nobody waits for it any longer."""
        self.stop()
        if self._here is not None:
            present.leave(self.stem, self._here)
            self._here, self.stem = None, ""

    def _answer(self, found: list[str]) -> None:
        self._answered &= set(found)
        new = [name for name in found if name not in self._answered]
        self._is_new = self._is_new or len(new) > ASKS
        answer = told() if new else b""
        for name in new[:ASKS]:
            self._answered.add(name)
            fresh = present.folder() / name / f"{self.stem}.new"
            try:
                fresh.write_bytes(answer)
                fresh.replace(fresh.with_suffix(".json"))
            except FileNotFoundError:
                continue  # it waits no longer


witness = Witness()


def told() -> bytes:
    """This process as a bag needs it, within its bytes: the oldest seconds go first."""
    stacks, seconds = stacks_now()[:STACKS], facts.seconds()
    while len(text := json.dumps({"stacks": stacks, "seconds": seconds}).encode()) > BYTES and seconds:
        del seconds[0]
    return text
