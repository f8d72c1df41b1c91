"""`GET /ops/stream/`: the operations page as it changes, for staff. Before Django, and rendered once for all.

No flag, no level and no kill switch closes it: it is looked at when those act."""

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils.translation import gettext as _

from board.ops import drawn, known, stored
from board.streams import user_of_session
from collaboration.jobs import in_thread
from collaboration.sse import encode_json
from collaboration.streams import HEADERS
from safeguards.identity import cookies_of, header
from safeguards.refusals import limit_headers

logger = logging.getLogger(__name__)
ROUND_SECONDS = 1.0
MOST = 20  # watchers of one process
CHECK_SECONDS = 30.0
ANSWER_SECONDS = 5.0  # a database that says nothing for so long is away
UNCHECKED_SECONDS = 300.0  # then nobody is known to be staff any more
NO_STORE = (b"cache-control", b"no-store")
TYPES = {401: "sign-in", 403: "permission", 405: "method", 503: "busy"}


class Watch:
    """Of one event loop. While somebody watches, one task renders all pieces once a second.

    A frame is what changed since the round before, a whole is everything: for who begins, or was too slow. Each
    is of all that is the same for everybody, and of the charts of one span."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.sessions: dict[object, str] = {}  # who watches -> their session
        self.spans: dict[object, str] = {}  # and how far back they look
        self.number = 0
        self.frames: dict[str, bytes] = {}
        self.wholes: dict[str, bytes] = {}
        self.turn = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._shown: dict[str, dict[str, str]] = {}
        self._checked_at = self._answered_at = time.monotonic()
        self._asking: asyncio.Task[Any] | None = None
        self._checking: asyncio.Task[None] | None = None

    def begin(self, watcher: object, session: str, span: str) -> None:
        self.sessions[watcher], self.spans[watcher] = session, span
        if self.task is None or self.task.done():
            self._shown, self.number = {}, self.number + 2  # everybody begins with everything
            self.wholes = {}
            self._checked_at = self._answered_at = time.monotonic()
            self.task = self.loop.create_task(self._run())

    def end(self, watcher: object) -> None:
        self.sessions.pop(watcher, None)
        self.spans.pop(watcher, None)

    def send_away(self) -> None:
        self.sessions.clear()
        self._next()

    async def _run(self) -> None:
        while self.sessions:
            try:
                await self._round()
            except Exception:
                logger.exception(
                    "The operations page could not be rendered; the next round is due in a second."
                )
            await asyncio.sleep(ROUND_SECONDS)

    async def _round(self) -> None:
        self._ask()
        made = await self.loop.run_in_executor(None, _rendered, {*self.spans.values()})
        self.number += 1
        self.frames = {
            name: encode_json("pieces", self._changed(name, pieces)) for name, pieces in made.items()
        }
        self.wholes = {name: encode_json("pieces", pieces) for name, pieces in made.items()}
        self._shown = made
        self._next()

    def _changed(self, name: str, pieces: dict[str, str]) -> dict[str, str]:
        shown = self._shown.get(name, {})
        return {id: html for id, html in pieces.items() if shown.get(id) != html}

    def _next(self) -> None:
        turn, self.turn = self.turn, asyncio.Event()
        turn.set()

    def _ask(self) -> None:
        """What only the database knows comes later: a round never waits for it."""
        if stored.is_old() and (self._asking is None or self._asking.done()):
            self._asking = self.loop.create_task(in_thread(stored.read))
        due = time.monotonic() - self._checked_at > CHECK_SECONDS
        if due and (self._checking is None or self._checking.done()):
            self._checked_at = time.monotonic()
            self._checking = self.loop.create_task(self._check())

    async def _check(self) -> None:
        """One job for all who watch."""
        keys = set(self.sessions.values())
        try:
            staff = await asyncio.wait_for(in_thread(staff_among, keys), ANSWER_SECONDS)
        except Exception:
            logger.warning("Whether watchers are still staff could not be asked.")
            if time.monotonic() - self._answered_at < UNCHECKED_SECONDS:
                return
            staff = set()
        else:
            self._answered_at = time.monotonic()
        for watcher, key in list(self.sessions.items()):
            if key in keys - staff:
                del self.sessions[watcher]
        self._next()


def _rendered(spans: set[str]) -> dict[str, dict[str, str]]:
    """Of each span that somebody watches: what all see, made once, and its charts."""
    shared = known.fragments()
    return {name: shared | drawn.pieces(name) for name in spans}


_watch: list[Watch] = []


def here() -> Watch:
    """Of the running loop."""
    if not _watch or _watch[0].loop is not asyncio.get_running_loop():
        _watch[:] = [Watch()]
    return _watch[0]


def close() -> None:
    """This process leaves: everybody is sent away."""
    for one in _watch:
        one.send_away()


def staff_among(keys: set[str]) -> set[str]:
    """Which sessions are of staff."""
    return {key for key in keys if (user := user_of_session(key)) is not None and user.is_staff}


async def watch(scope: Any, receive: Any, send: Any) -> None:
    """ASGI application. Never raises."""
    key = cookies_of(scope).get(settings.SESSION_COOKIE_NAME, "")
    try:
        status = await _status(scope, key)
    except Exception:
        logger.exception("Who wants to watch could not be asked")
        status = 503
    if status != 200:
        await _refuse(send, status)
        return
    one, watcher = here(), object()
    said = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("span", [""])[0]
    span = drawn.span_of(said)
    one.begin(watcher, key, span)
    try:
        await _serve(one, watcher, span, receive, send)
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("A stream of the operations page broke")
    finally:
        one.end(watcher)


async def _status(scope: Any, key: str) -> int:
    """Raises what a database raises."""
    if scope["method"] != "GET":
        return 405
    if header(scope, b"sec-fetch-site") not in {"", "same-origin", "none"}:
        return 403
    user = await asyncio.wait_for(in_thread(user_of_session, key), ANSWER_SECONDS) if key else None
    if user is None:
        return 401
    if not user.is_staff:
        return 403
    return 503 if len(here().sessions) >= MOST else 200


async def _serve(one: Watch, watcher: object, span: str, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    left = asyncio.ensure_future(_disconnected(receive))
    seen = -1
    try:
        while watcher in one.sessions and not left.done():
            if span in one.wholes and one.number != seen:
                body = (one.frames if one.number == seen + 1 else one.wholes)[span]
                seen = one.number
                await send({"type": "http.response.body", "body": body, "more_body": True})
            else:
                turned = asyncio.ensure_future(one.turn.wait())
                await asyncio.wait([left, turned], return_when=asyncio.FIRST_COMPLETED)
                turned.cancel()
    finally:
        left.cancel()
    if not left.done() or left.cancelled():
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Any, status: int) -> None:
    words = {
        401: _("You are signed out. Sign in again."),
        403: _("Only staff may watch."),
        405: _("Streams are opened with GET."),
        503: _("No more people can watch here now. Use Refresh."),
    }[status]
    headers = [(b"content-type", b"application/problem+json"), NO_STORE]
    headers += limit_headers(5.0) if status == 503 else []
    headers += [(b"allow", b"GET")] if status == 405 else []
    body = json.dumps({"type": TYPES[status], "title": words, "status": status, "detail": words}).encode()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
