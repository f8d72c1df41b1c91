"""Who acts, and what the request behind an act said about itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`key`: as the limits know them."""

    kind: str
    id: str
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`fingerprint`: sha256 of method, path and body, in hex. `hop`: how many reactions led here."""

    fingerprint: str = ""
    cause: str = ""
    hop: int = 0


NOTHING_SAID = RequestContext()
_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext:
    return _current.get() or NOTHING_SAID


@contextmanager
def acting(context: RequestContext) -> Iterator[None]:
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
