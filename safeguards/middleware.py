"""The outermost ASGI layer: limits and caps before Django, without a thread and without a query."""

import asyncio
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import admission, conf, incidents, paths
from safeguards.asked import Asked
from safeguards.bodies import Gone, TooBig, drain, whole_body
from safeguards.causes import causes
from safeguards.gate import Gate, Kept
from safeguards.identity import token_accepted
from safeguards.kernel.decision import Decision
from safeguards.refusals import refuse, seconds
from safeguards.resources import gauges

__all__ = ["CLOSE", "Guard", "token_accepted"]
CLOSE = "safeguards.close"  # extension of our own server protocol: ends a connection without an answer
pause = asyncio.sleep


class Guard:
    """Wraps the whole application; everything that is not HTTP passes."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.gate = Gate("inside_django", "queue", "queue_seconds")
        self.static = Gate("static_inside", "static_queue", "static_queue_seconds")
        self._held: set[str] = set()
        self._lingering = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Asked(scope)
        causes.attempt(asked)  # before anything may refuse it: what is refused was caused, too
        decision = await admission.admit_request_everywhere(asked)
        if not decision.allowed:
            await self._refuse(decision, asked, receive, send)
            return
        if await self._turns_away(asked, send):
            return
        gauges.count(f"requests_{asked.bucket or 'static'}")
        if paths.is_raw(scope):
            await self.app(scope, receive, send)
            return
        await self._with_body(asked, receive, send)

    async def _refuse(self, decision: Decision, asked: Asked, receive: Any, send: Any) -> None:
        gauges.count(f"refused_{decision.reason}")
        if decision.reason in paths.EVERYBODY:
            await self._busy(asked.scope, send, decision.retry_after)
            return
        admission.refused(asked, decision)
        key = f"{decision.reason}|{asked.person}"
        if admission.hold().refused(key) and not await self._hold(key, decision, asked.scope, receive):
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

    async def _hold(self, key: str, decision: Decision, scope: Any, receive: Any) -> bool:
        """Whether there is still somebody to answer: one request of a held key waits, its others are cut."""
        gauges.count("held")
        if key in self._held:
            return await self._cut_off(scope, receive)
        self._held.add(key)
        incidents.record("rate-limit", {"limit": decision.reason, "who": key.partition("|")[2]})
        try:
            await pause(min(decision.retry_after, conf.number("hold_wait_seconds")))
        finally:
            self._held.discard(key)
        return True

    async def _cut_off(self, scope: Any, receive: Any) -> bool:
        if self._lingering < conf.limit("hold_connections"):
            self._lingering += 1  # cut at once, they would come back at the speed of the client
            try:
                await pause(conf.number("hold_wait_seconds"))
            finally:
                self._lingering -= 1
        close = (scope.get("extensions") or {}).get(CLOSE)
        if close is None:
            return True
        close()
        while (await receive())["type"] != "http.disconnect":
            pass
        return False

    async def _turns_away(self, asked: Asked, send: Any) -> bool:
        reaction = admission.admit_reaction(asked)
        if reaction.allowed:
            return False
        gauges.count("refused_reaction")
        await self._busy(asked.scope, send, reaction.retry_after)
        return True

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
        scope = asked.scope
        gate = self.static if paths.is_static(scope) else self.gate
        if not await gate.enter():
            gauges.count("refused_busy")
            await self._busy(scope, send, conf.number("queue_seconds"))
            return
        kept = Kept(send)
        try:
            if not await self._turns_away(asked, kept.send):  # while it waited for its place, too
                await self.app(scope, receive, kept.send)
        finally:
            gate.leave()
        await kept.release()

    async def _busy(self, scope: Any, send: Any, retry_after: float) -> None:
        detail = _("The server is busy. Nothing was changed by this request. Try again in a moment.")
        await refuse(scope, send, 503, "busy", detail, retry_after=retry_after)


def words(decision: Decision) -> str:
    wait = seconds(decision.retry_after)
    return ngettext(
        "That was more than the server takes at once. Nothing was changed. Try again in %(wait)s second.",
        "That was more than the server takes at once. Nothing was changed. Try again in %(wait)s seconds.",
        wait,
    ) % {"wait": wait}
