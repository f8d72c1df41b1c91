"""One part of a bag: written so that no secret and no more than its share of bytes gets in."""

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safeguards.bags.scrub import Scrubber

MIB = 1024 * 1024
# Bytes of each file under data/; together they stay below the 50 MB of a bag.
MOST = {
    "timeline.json": 4 * MIB,
    "metrics.jsonl": 8 * MIB,
    "causes.json": 2 * MIB,
    "stacks.txt": 256 * 1024,  # what can be cleaned in a second
    "processes.json": 1 * MIB,
    "flags.json": 2 * MIB,
    "settings.json": 64 * 1024,
    "differences.txt": 256 * 1024,  # the same
}
# Of what the rooms above register: some of the parts by themselves, so that none leaves no room for the others.
OF_OTHERS = {"drafts.jsonl": 4 * MIB}
OTHERS = 24 * MIB  # of what the rooms above register, together
CUT = "[cut here: more than this part may hold]\n"


def most_of(name: str) -> int:
    """Bytes that this part of a bag has at most."""
    return MOST.get(name) or OF_OTHERS.get(name, OTHERS)


@dataclass(slots=True)
class Parts:
    """Writes into `folder`; `cut` and `missing` say afterwards what a reader has to know. Each write may raise OSError."""

    folder: Path
    scrub: Scrubber = field(default_factory=Scrubber)
    cut: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    others: int = OTHERS
    until: float = math.inf  # on the monotonic clock: no lines are added after it

    def document(self, name: str, document: dict[str, Any]) -> None:
        """As JSON. Where it is too long, its longest lists lose their ends, and it says how many are left out."""
        document, left_out = self.scrub.clean(document), dict[str, int]()
        while len(text := _json({**document, "cut": left_out} if left_out else document)) > MOST[name]:
            lists = {key: part for key, part in document.items() if isinstance(part, list) and part}
            if not lists:
                document, left_out = {}, {"everything": 1}
                continue
            longest = max(lists, key=lambda key: len(_json(lists[key])))
            keep = len(lists[longest]) // 2
            left_out[longest] = left_out.get(longest, 0) + len(lists[longest]) - keep
            document[longest] = lists[longest][:keep]
        self._write(name, text, is_cut=bool(left_out))

    def lines(self, name: str, rows: Iterable[dict[str, Any]], *, most: int = 0, work: bool = False) -> int:
        """One JSON document a line; the last says how many are left out. How many bytes that took."""
        most, size, left_out = most or MOST[name], 0, 0
        with (self.folder / name).open("w") as file:
            for row in rows:
                # Cleaning is what takes its time: what gets in no more, or too late, is only counted.
                is_over = bool(left_out) or time.monotonic() > self.until
                line = "" if is_over else _json(self.scrub.clean(row, work=work)) + "\n"
                if is_over or size + len(line) > most - 100:
                    left_out += 1
                    continue
                size += len(line)
                file.write(line)
            if left_out:
                file.write(_json({"cut": left_out}) + "\n")
                self.cut.append(name)
        return size

    def other(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """What a room above collected: the work of people."""
        most = min(most_of(name), max(self.others, 200))
        self.others -= self.lines(name, rows, most=most, work=True)

    def text(self, name: str, text: str, *, code: bool = False, is_cut: bool = False) -> None:
        """`is_cut`: it is only a beginning already."""
        text = self.scrub.code(text) if code else self.scrub.text(text)
        most = MOST[name] - len(CUT)
        encoded = text.encode("utf-8", "replace")
        is_cut = is_cut or len(encoded) > most
        self._write(name, encoded[:most].decode("utf-8", "ignore") + CUT if is_cut else text, is_cut=is_cut)

    def lost(self, name: str, why: object) -> None:
        self.missing.append(f"{name} ({why})")

    def _write(self, name: str, text: str, *, is_cut: bool) -> None:
        (self.folder / name).write_text(text, "utf-8", "replace")
        if is_cut:
            self.cut.append(name)


def _json(value: Any) -> str:
    """ASCII, so that characters are bytes."""
    return json.dumps(value, default=str, ensure_ascii=True)
