"""The outermost ASGI layer: limits and caps before Django, without a thread and without a query."""

import asyncio
import hashlib
import logging
import math
from typing import Any

from safeguards import admission, conf
from safeguards.identity import address_of, person_key
from safeguards.kernel.decision import Decision
from safeguards.refusals import refuse
from safeguards.resources import gauges

logger = logging.getLogger(__name__)
UNCOUNTED = ("/static/", "/healthz", "/readyz", "/metrics")
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SIGN_IN = "/accounts/login/"
HELD_SECONDS = 2.0  # a held key waits this long for its refusal, so a flood costs no more than a knock


class Guard:
    """Wraps the whole application. Streams pass `/boards/…/stream/` and are admitted by their own room."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.gate = Gate()
        self._held: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(UNCOUNTED):
            await self.gate.pass_on(self.app, scope, receive, send)
            return
        key, bucket = key_of(scope), bucket_of(scope)
        if admission.hold().is_held(key):
            await self._make_wait(key)
        decision = admission.admit(bucket, address_of(scope) if bucket == "sign_in_address" else key)
        if not decision.allowed:
            admission.hold().refused(key)
            gauges.count(f"refused_{bucket}")
            await refuse(
                scope, send, 429, "rate-limit", words(decision), retry_after=decision.retry_after, bucket=bucket
            )
            return
        gauges.count("writes" if scope["method"] in WRITES else "reads")
        await self._with_capped_body(scope, receive, send)

    async def _make_wait(self, key: str) -> None:
        """One request of a held key at a time waits; the others are refused right away."""
        if key in self._held:
            return
        self._held.add(key)
        try:
            await asyncio.sleep(HELD_SECONDS)
        finally:
            self._held.discard(key)

    async def _with_capped_body(self, scope: Any, receive: Any, send: Any) -> None:
        cap = int(conf.number("body_bytes"))
        if is_stream(scope):
            await self.app(scope, receive, send)
            return
        messages = await read_body(receive, cap) if declared_length(scope) <= cap else None
        if messages is None:
            await refuse(scope, send, 413, "too-big", f"The server takes at most {cap // 1024} KiB. Send less.")
            return
        await self.gate.pass_on(self.app, scope, replay(messages, receive), send)


class Gate:
    """At most six requests inside Django per process, a short queue before it, then 503."""

    def __init__(self) -> None:
        self._inside, self._waiting = 0, 0
        self._free = asyncio.Condition()

    async def pass_on(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        if not await self._enter():
            gauges.count("refused_busy")
            await refuse(
                scope, send, 503, "busy", "The server is busy. Nothing was lost; try again.", retry_after=2.0
            )
            return
        try:
            await app(scope, receive, send)
        finally:
            self._inside -= 1
            async with self._free:
                self._free.notify()

    async def _enter(self) -> bool:
        if self._inside >= conf.number("inside_django"):
            if self._waiting >= conf.number("queue") or not await self._queue():
                return False
        self._inside += 1
        return True

    async def _queue(self) -> bool:
        self._waiting += 1
        try:
            async with asyncio.timeout(conf.number("queue_seconds")), self._free:
                await self._free.wait_for(lambda: self._inside < conf.number("inside_django"))
                return True
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


def is_stream(scope: Any) -> bool:
    path = scope["path"]
    return path.startswith("/boards/") and path.endswith(("/stream/", "/events/")) and path.count("/") == 4


def bucket_of(scope: Any) -> str:
    path = scope["path"]
    if is_stream(scope):
        return "repair" if path.endswith("/events/") else "read"
    if scope["method"] in WRITES:
        return "sign_in_address" if path == SIGN_IN else "write"
    return "read"


def key_of(scope: Any) -> str:
    """The person where the cookie or a bearer token says so; a token's owner is not known here, its hash is."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            digest = hashlib.sha256(value[7:].strip()).hexdigest()
            if digest in accepted_tokens:
                return f"token:{digest}"
    return person_key(scope)


accepted_tokens: set[str] = set()  # hashes of bearer tokens this process has seen accepted
MAX_TOKENS = 10_000


def token_accepted(digest: str) -> None:
    """Called by whoever checked a bearer token: from now on it has its own limits."""
    if len(accepted_tokens) < MAX_TOKENS:
        accepted_tokens.add(digest)


def declared_length(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def read_body(receive: Any, cap: int) -> list[Any] | None:
    """The request's body while it fits; None as soon as it does not."""
    messages, size = [], 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > cap:
            return None
        if message["type"] != "http.request" or not message.get("more_body"):
            return messages


def replay(messages: list[Any], receive: Any) -> Any:
    waiting = iter(messages)

    async def receive_again() -> Any:
        message = next(waiting, None)
        return message if message is not None else await receive()

    return receive_again


def words(decision: Decision) -> str:
    seconds = max(1, math.ceil(decision.retry_after))
    plural = "" if seconds == 1 else "s"
    return f"That was more than the server takes from one person. Try again in {seconds} second{plural}; nothing is lost."
