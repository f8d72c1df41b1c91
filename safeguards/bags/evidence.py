"""What every process that serves was doing when a bag was asked for, put together: stacks.txt and causes.json."""

import os
from dataclasses import dataclass, field
from typing import Any

from safeguards.bags import facts
from safeguards.bags.counted import Second, together, tree
from safeguards.bags.hearing import Heard
from safeguards.bags.parts import MOST, Parts
from safeguards.bags.present import pid
from safeguards.bags.witnessing import witness
from safeguards.stacks import stacks as stacks_now

NOBODY = "none: no worker is known to run here"
CUT = "\n[cut here: one process may take no more]\n"
HEADING = 200  # bytes at most of what stands over the stacks of a process


@dataclass(frozen=True, slots=True)
class Moment:
    """This process, as it was at the beginning; the last second that the bag is about, on the clock of all."""

    stacks: str = field(default_factory=stacks_now)
    seconds: list[Second] = field(default_factory=facts.seconds)
    last: int = field(default_factory=facts.last_second)


def write(parts: Parts, moment: Moment, heard: Heard) -> str:
    """The pids that were heard, as bag-info.txt says it. Raises OSError."""
    text, is_cut = _stacks(moment, heard)
    parts.text("stacks.txt", text, is_cut=is_cut)
    parts.document("causes.json", trees(moment, heard))
    for stem, why in heard.missing.items():
        parts.lost(f"stacks and causes of process {pid(stem)}", why)
    told = [str(os.getpid())] if witness.stem else []
    told += [pid(stem) for stem in heard.stacks]
    return ", ".join(told) or ("none" if heard.missing else NOBODY)


def trees(moment: Moment, heard: Heard) -> dict[str, Any]:
    """Who brings about most: person -> browser -> what -> how many requests in the last ten seconds; of all processes
    together, and of each. `seconds` are what a replay needs."""
    counted = {str(os.getpid()): moment.seconds, **heard.seconds}
    whole = together(counted.values(), moment.last)
    of_each = {name: tree(seconds) for name, seconds in counted.items()}
    return {"process": os.getpid(), **tree(whole), "processes": of_each, "seconds": whole}


def _stacks(moment: Moment, heard: Heard) -> tuple[str, bool]:
    """Each process has the same room, so that none leaves none for the others; and whether one needed more."""
    pieces = [
        (f"Process {os.getpid()}, which sealed this bag", moment.stacks),
        *((f"Process {pid(stem)}", stacks) for stem, stacks in heard.stacks.items()),
        *((f"Process {pid(stem)}: {why}", "") for stem, why in heard.missing.items()),
    ]
    room = MOST["stacks.txt"] // len(pieces) - HEADING - len(CUT)
    text, is_cut = "", False
    for heading, stacks in pieces:
        encoded = stacks.encode("utf-8", "replace")
        if len(encoded) > room:
            stacks, is_cut = encoded[:room].decode("utf-8", "ignore") + CUT, True
        text += f"{heading}\n\n{stacks}\n"
    return text, is_cut
