"""Server-Sent Events, encoded and parsed (WHATWG HTML, 9.2). Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

EVENT_ID = re.compile(r"([0-9a-f]{8})-([0-9]{1,15})", re.ASCII)
NAME = re.compile(r"[a-z]+")
HEARTBEAT = b": hb\n\n"


def parse_id(text: str) -> tuple[str, int] | None:
    """Epoch and seq of `epoch-seq`; None for anything else."""
    match = EVENT_ID.fullmatch(text)
    return (match[1], int(match[2])) if match else None


def encode(event: str, data: str, id: str = "") -> bytes:
    """One frame. `data` is one line: JSON made with ensure_ascii. Raises ValueError for anything else."""
    if not NAME.fullmatch(event) or (id and not EVENT_ID.fullmatch(id)):
        raise ValueError("An event's name and id have a fixed form.")
    if "\n" in data or "\r" in data:
        raise ValueError("The data of an event is one line.")
    head = f"id: {id}\n" if id else ""
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


def encode_json(event: str, data: Any) -> bytes:
    return encode(event, json.dumps(data, ensure_ascii=True, separators=(",", ":")))


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    data: str
    id: str


class Parser:
    """Feed it decoded text in pieces of any size; it yields whole events."""

    def __init__(self) -> None:
        self.last_id = ""
        self._text, self._data, self._type = "", list[str](), ""
        self._started = False

    def feed(self, text: str) -> Iterator[Event]:
        if not self._started and text:
            self._started, text = True, text.removeprefix("\ufeff")
        self._text += text
        while (line := self._line()) is not None:
            if line:
                self._field(line)
            elif self._data:
                yield Event(self._type or "message", "\n".join(self._data), self.last_id)
                self._data, self._type = [], ""
            else:
                self._type = ""

    def _line(self) -> str | None:
        match = re.search(r"\r\n|\n|\r", self._text)
        if match is None or (match[0] == "\r" and match.end() == len(self._text)):
            return None
        line, self._text = self._text[: match.start()], self._text[match.end() :]
        return line

    def _field(self, line: str) -> None:
        name, _colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
