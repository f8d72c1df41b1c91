"""Who acts, and what the request behind an act said about itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`fingerprint`: sha256 of method, path and body, in hex. `hop`: how many reactions led here."""

    fingerprint: str = ""
    cause: str = ""
    hop: int = 0


_current: ContextVar[RequestContext] = ContextVar("request_context", default=RequestContext())


def current() -> RequestContext:
    return _current.get()


@contextmanager
def acting(context: RequestContext) -> Iterator[None]:
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
