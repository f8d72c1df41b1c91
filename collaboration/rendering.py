"""Frames: made once per event, then shared by everybody who gets them."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collaboration.changes import Recorded
from collaboration.sse import encode

logger = logging.getLogger(__name__)
Renderer = Callable[[str, dict[str, Any]], str]
_renderers: dict[str, Renderer] = {}


@dataclass(slots=True)
class Frame:
    """One event as bytes: `plain`, and `html` with the rendered fragment."""

    seq: int
    plain: bytes
    html: bytes


def renders(*kinds: str) -> Callable[[Renderer], Renderer]:
    """Register `renderer(channel, data) -> str` for these kinds of events."""

    def register(renderer: Renderer) -> Renderer:
        for kind in kinds:
            _renderers[kind] = renderer
        return renderer

    return register


def rendered_kinds() -> frozenset[str]:
    return frozenset(_renderers)


def frame(recorded: Recorded, *, html: bool) -> Frame:
    """Reads rows when `html` is wanted: call it in a thread."""
    event_id = f"{recorded.epoch}-{recorded.seq}"
    plain = encode("change", recorded, event_id)
    return Frame(recorded.seq, plain, _with_html(recorded, event_id) if html else b"")


def _with_html(recorded: Recorded, event_id: str) -> bytes:
    renderer = _renderers.get(recorded.kind)
    fragment = ""
    if renderer is not None:
        try:
            fragment = renderer(recorded.channel, json.loads(recorded)["data"])
        except Exception:
            # One fragment that cannot be made must not stop the stream; the page repairs itself by a snapshot.
            logger.exception("No fragment for %s %s", recorded.channel, event_id)
            return encode("change", recorded, event_id)
    return encode("change", f'{recorded[:-1]},"html":{json.dumps(fragment)}}}', event_id)
