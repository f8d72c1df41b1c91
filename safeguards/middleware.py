"""The outermost ASGI layer: limits and caps before Django, without a thread and without a query."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from safeguards import admission, conf, incidents, limits, paths
from safeguards.asked import Asked
from safeguards.bodies import Gone, TooBig, drain, whole_body
from safeguards.causes import causes
from safeguards.gate import Gate, Kept, of_one, of_one_reading, of_one_signing_in, rest
from safeguards.identity import token_accepted
from safeguards.kernel.decision import YES, Decision
from safeguards.parking import parking
from safeguards.refusals import refuse, seconds
from safeguards.resources import gauges
from safeguards.rollout import observing
from safeguards.threads import Threads

__all__ = ["CLOSE", "KEEPS", "PARK", "Guard", "token_accepted"]
CLOSE = "safeguards.close"  # extension of our own server protocol: ends a connection without an answer
PARK = "safeguards.park"  # another: forgets the request and reads no more
KEEPS = "safeguards.keeps"  # another: hears how many bytes of an answer are sent now, and later
HELD_WAIT = 0.05  # seconds and process at least, so that all together answer a held key twenty times a second
SLOWED_SECONDS = 1.0
pause = asyncio.sleep


class TooLong(Exception):
    """An answer cannot be kept, and others that cannot either take every place for such ones."""


class Guard:
    """Wraps the whole application; everything that is not HTTP passes."""

    def __init__(self, app: Any, has_file: Callable[[str], bool] = bool) -> None:
        """`has_file`: whether there is a static file of this name; without it, whatever has a name is one."""
        self.app, self.has_file = app, has_file
        self.gate = Gate("inside_django", "queue", "queue_seconds", of_one)
        self.sign_ins = Gate("inside_sign_ins", "sign_in_queue", "sign_in_queue_seconds", of_one_signing_in)
        self.operators = Gate("inside_operators", "operator_queue", "queue_seconds", of_one)
        self.long = Gate("inside_long", "long_queue", "queue_seconds", of_one_reading)
        self.static = Gate("static_inside", "static_queue", "static_queue_seconds")
        self.threads = Threads()
        self._held: set[str] = set()
        self._slowed = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = self._read(scope)
        causes.attempt(asked)  # before anything may refuse it: what is refused was caused, too
        send = observing.noted(asked, send)
        decision = await self._admit(asked)
        if not decision.allowed:
            await self._refuse(decision, asked, send)
            return
        reaction = self._ask_reaction(asked)
        if not reaction.allowed:
            await self._slow_down(asked)
            await self._busy(asked.scope, send, reaction)
            return
        gauges.count(f"requests_{asked.bucket or 'static'}")
        if paths.is_static(scope) and asked.bucket:
            await refuse(scope, send, 404, "not-found", _("There is no such file."))
        elif paths.is_raw(scope):
            await self.app(scope, receive, send)
        else:
            await self._with_body(asked, receive, send)

    def _read(self, scope: Any) -> Asked:
        asked = Asked(scope)
        if not asked.bucket and not self.has_file(scope["path"].removeprefix(paths.STATIC)):
            asked.bucket = "read"  # what is missing is no file: asking for it has the limits of a page
        return asked

    async def _admit(self, asked: Asked) -> Decision:
        if asked.bucket:
            return await admission.admit_request_everywhere(asked)
        return limits.admit_here(
            [("static", asked.person)]
        )  # in memory: files are cheaper than asking a store

    async def _refuse(self, decision: Decision, asked: Asked, send: Any) -> None:
        gauges.count(f"refused_{decision.reason}")
        is_shared = decision.reason in paths.EVERYBODY
        if not is_shared:
            admission.refused(asked, decision)
        if admission.hold().refused(asked.person):  # whichever limit it meets: several are one flood
            gauges.count("held")
            if asked.person in self._held and self._park(asked):
                return
            if not is_shared:  # who meets what others used up is no offender yet: the own limit finds those
                told = {"limit": decision.reason, "who": asked.person}
                incidents.record("rate-limit", told, every=incidents.ONGOING_SECONDS)
            # All of them where the server cannot park, as on daphne: none draws an answer at once.
            decision = await self._wait(asked.person, decision)
        if is_shared:
            await self._busy(asked.scope, send, decision)
            return
        await refuse(
            asked.scope,
            send,
            429,
            "rate-limit",
            words(decision),
            retry_after=decision.retry_after,
            bucket=decision.reason,
        )

    async def _wait(self, person: str, decision: Decision) -> Decision:
        """One request of somebody held waits before it is refused; what is left to wait then."""
        wait = max(held_wait(), min(decision.retry_after, conf.number("hold_wait_seconds")))
        self._held.add(person)
        try:
            await pause(wait)
        finally:
            self._held.discard(person)
        return replace(decision, retry_after=max(HELD_WAIT, decision.retry_after - wait))

    def _park(self, asked: Asked) -> bool:
        """Whether it gets no answer: its others are left unread, and closed one by one."""
        extensions = asked.scope.get("extensions") or {}
        if PARK not in extensions:
            return False
        extensions[PARK]()
        if not parking().park(asked.person, extensions[CLOSE]):
            gauges.count("held_cut")
            extensions[CLOSE]()
        return True

    def _ask_reaction(self, asked: Asked) -> Decision:
        reaction = admission.admit_reaction(asked)
        if reaction.allowed:
            return reaction
        gauges.count("refused_reaction")
        return Decision(False, "overload", reaction.retry_after)

    async def _slow_down(self, asked: Asked) -> None:
        """A program that is turned away at once only asks again; a person is never kept waiting for a refusal."""
        if asked.is_by_program and self._slowed < conf.limit("slowed"):
            self._slowed += 1
            try:
                await pause(SLOWED_SECONDS)
            finally:
                self._slowed -= 1

    async def _with_body(self, asked: Asked, receive: Any, send: Any) -> None:
        scope = asked.scope
        try:
            receive_again = await whole_body(scope, receive)
        except TooBig:
            await self._too_big(scope, receive, send)
        except Gone:
            return
        else:
            await self._inside(asked, receive_again, send)

    async def _too_big(self, scope: Any, receive: Any, send: Any) -> None:
        gauges.count("refused_body")
        detail = _("The server takes at most %(kib)s KiB at once. Send less.") % {
            "kib": conf.limit("body_bytes") // 1024
        }
        await refuse(scope, send, 413, "too-big", detail, hang_up=True, last=False)
        await drain(receive)
        await send({"type": "http.response.body", "body": b""})

    async def _inside(self, asked: Asked, receive: Any, send: Any) -> None:
        tell = (asked.scope.get("extensions") or {}).get(KEEPS, _nobody_asks)
        reaction = YES
        with ExitStack() as places:
            kept = Kept(send, partial(self._outgrow, asked, places), tell)
            full = await self._enter(asked, places)
            if full is None:
                reaction = self._ask_reaction(asked)  # while it waited for its place, too
                if reaction.allowed:
                    full = await self._answer(asked, receive, kept)
                else:
                    await self._busy(asked.scope, kept.send, reaction)
        if full is not None:
            gauges.count("refused_busy")
            await self._slow_down(asked)
            await self._busy(asked.scope, send, Decision(False, full.name, conf.number("queue_seconds")))
            return
        if not reaction.allowed:
            await self._slow_down(asked)
        await kept.release()

    async def _answer(self, asked: Asked, receive: Any, kept: Kept) -> Gate | None:
        """The gate of long answers, where it let this one not in."""
        try:
            async with self.threads.one():
                await self.app(asked.scope, receive, kept.send)
        except TooLong:
            return self.long
        return None

    async def _outgrow(self, asked: Asked, places: ExitStack) -> None:
        """From its place to one of those for answers that take as long as their readers."""
        if not await self.long.enter(asked.queues_as):
            raise TooLong
        places.close()
        places.callback(self.long.leave, asked.queues_as)

    async def _enter(self, asked: Asked, places: ExitStack) -> Gate | None:
        """Through each gate on the way; the one that lets nobody in, if there is one."""
        key, by_program = asked.queues_as, asked.is_by_program and not paths.is_static(asked.scope)
        for gate in self._gates(asked):
            if not await gate.enter(key, by_program=by_program):
                return gate
            leave = partial(gate.leave, key, by_program=by_program)
            places.callback(
                partial(rest, "sign_in") if gate is self.sign_ins else _at_once, leave, time.monotonic()
            )
        return None

    def _gates(self, asked: Asked) -> list[Gate]:
        if paths.is_static(asked.scope):
            return [self.static]
        if asked.operates:
            return [self.operators]  # whoever fills the other one does not keep out who stops them
        return [self.sign_ins, self.gate] if paths.hashes_a_password(asked.scope) else [self.gate]

    async def _busy(self, scope: Any, send: Any, why: Decision) -> None:
        detail = _("The server is busy. Nothing was changed by this request. Try again in a moment.")
        await refuse(scope, send, 503, "busy", detail, retry_after=why.retry_after, bucket=why.reason)


def _at_once(leave: Callable[[], None], _since: float) -> None:
    leave()


def _nobody_asks(_now: int, _later: int) -> None:
    """A server that is not ours, as daphne."""


def held_wait() -> float:
    """Seconds that a held answer waits at least: as many processes as may each have one of the same person."""
    return HELD_WAIT * conf.limit("processes")


def words(decision: Decision) -> str:
    return _words(seconds(decision.retry_after), get_language())


@lru_cache(256)
def _words(wait: int, language: str | None) -> str:
    return ngettext(
        "That was more than the server takes at once. Nothing was changed. Try again in %(wait)s second.",
        "That was more than the server takes at once. Nothing was changed. Try again in %(wait)s seconds.",
        wait,
    ) % {"wait": wait}
