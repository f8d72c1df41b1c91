"""Who may open a stream: cookie or token, one database job, flag, admission, then a ticket for the wire."""

import hashlib
import logging
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from board import standings
from board.access import find_seat
from board.bearers import accepted
from board.keeping import keep, refused
from board.live import FEATURE
from board.models import Role, User, channel_name
from board.opening import TooMany, in_turn
from board.stream_answers import refuse, stay_plain
from collaboration.authority import authority
from collaboration.hub import current_hub
from collaboration.jobs import in_thread
from collaboration.joining import replay
from collaboration.models import Channel
from collaboration.sse import encode_json, parse_id
from collaboration.stream import Ticket
from collaboration.streams import is_leaving, open_streams, serve
from safeguards import admission, breakers, conf, pressure
from safeguards.identity import browser_key, browser_of, cookies_of, is_proven, person_key
from safeguards.middleware import CLOSE
from safeguards.paths import resumes

logger = logging.getLogger(__name__)
PATH = re.compile(r"/boards/([^/]+)/(stream|events)/")
TELL_SECONDS = 1.0
MOST_TOLD = 1000
_told: dict[str, float] = {}  # person -> when their pages were last told of a limit


@dataclass(frozen=True, slots=True)
class Caller:
    user: User | None
    credential: str
    role: str  # on this board; empty for strangers
    may_write: bool  # false with a token that may only read


def register() -> None:
    authority.register(keep, refused, standings.standing)
    admission.on_refusal(tell_refused)


async def stream(scope: Any, receive: Any, send: Any) -> None:
    """ASGI application for `/boards/<slug>/stream/` and `/boards/<slug>/events/`. Never raises."""
    try:
        await _answer(scope, receive, send)
    except Exception:
        logger.exception("A stream could not be opened")
        breakers.stumbled()
        await refuse(send, 503, retry_after=5)


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    match = PATH.fullmatch(scope["path"])
    headers = dict(scope["headers"])
    if match is None or "\0" in scope["path"]:
        await refuse(send, 404)
    elif scope["method"] != "GET":
        await refuse(send, 405)
    elif headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        await refuse(send, 403)
    else:
        slug, what = match.groups()
        if what == "stream" and is_leaving():  # over a connection that was open before
            await refuse(send, 503, retry_after=1, bucket="deploy")
            return
        if what == "stream" and not (decision := off_for(scope)).allowed:
            await stay_plain(send, decision)
            return
        if what == "stream" and not (place := place_for(scope, slug)).allowed:
            await refuse_place(send, place)
            return
        try:
            caller = await in_turn(person_key(scope), identify, headers, cookies_of(scope), slug)
        except TooMany:
            await refuse(send, 503, retry_after=conf.number("open_queue_seconds"), bucket="busy")
            return
        await _serve_caller(scope, receive, send, caller, slug, what)


def off_for(scope: Any) -> admission.Decision:
    """What is known without the database of somebody who is proven: who knocks again and again costs no query."""
    key = person_key(scope)
    if not is_proven(key):
        return admission.Decision(True)
    return admission.is_off(key, browser_key(browser_of(cookies_of(scope))))


def place_for(scope: Any, slug: str) -> admission.Decision:
    """The same: who has as many streams as anybody may have costs no query, however often they ask for more."""
    key, browser, channel = person_key(scope), browser_of(cookies_of(scope)), channel_name(slug)
    if not is_proven(key):
        return admission.Decision(True)
    open_here = open_streams()
    own = [ticket for ticket in open_here if ticket.key == key]
    return admission.has_place(**_counts(open_here, own, browser, channel))


async def refuse_place(send: Any, decision: admission.Decision) -> None:
    status = 503 if decision.reason == "full" else 429
    await refuse(send, status, retry_after=decision.retry_after, bucket=decision.reason)


async def _serve_caller(scope: Any, receive: Any, send: Any, caller: Caller, slug: str, what: str) -> None:
    if caller.user is None:
        await refuse(send, 401, with_token=b"authorization" in dict(scope["headers"]))
        return
    if not caller.role:
        await refuse(send, 404)
        return
    ticket = ticket_for(scope, caller, slug)
    if what == "events":
        await _repair(ticket, send)
        return
    decision = admission.may_be_live(FEATURE, caller.user.pk, ticket.key, ticket.browser)
    if not decision.allowed:
        await stay_plain(send, decision)
        return
    decision = await admit(ticket)
    if not decision.allowed:
        await refuse_place(send, decision)
        return
    close = (scope.get("extensions") or {}).get(CLOSE, lambda: None)
    await serve(ticket, receive, send, lambda joined: report(ticket.person, joined=joined), close)


def report(person: str, *, joined: bool) -> None:
    """What became of a stream that was let in, for the breaker."""
    if joined:
        breakers.breaker().succeeded(person)
    else:
        breakers.breaker().failed(person)


def identify(headers: dict[bytes, bytes], cookies: dict[str, str], slug: str) -> Caller:
    """One database job. A bearer token comes first; then the cookie session is ignored."""
    bearer = headers.get(b"authorization", b"")
    if bearer[:7].lower() == b"bearer ":
        token = accepted(hashlib.sha256(bearer[7:].strip()).hexdigest())
        user, credential = (token.user, f"token:{token.pk}") if token else (None, "")
    else:
        token, key = None, cookies.get(settings.SESSION_COOKIE_NAME, "")
        user, credential = user_of_session(key), f"session:{key}"
    seat = find_seat(user, slug) if user is not None else None
    return Caller(user, credential, seat.role if seat else "", may_write=token is None or token.may_write)


def ticket_for(scope: Any, caller: Caller, slug: str) -> Ticket:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    browser = browser_of(cookies_of(scope))
    assert caller.user is not None
    return Ticket(
        channel=channel_name(slug),
        person=str(caller.user.uid),
        user=caller.user,
        credential=caller.credential,
        browser=browser,
        feature=FEATURE,
        html=query.get("html") == ["1"],
        since=last or query.get("since", [""])[0],
        again=resumes(scope),
        display=standings.display(caller.user),
        shown=caller.role != Role.OBSERVER and caller.user.shows_presence,
        key=person_key(scope),
    )


async def admit(ticket: Ticket) -> admission.Decision:
    open_here = open_streams()
    own = [other for other in open_here if other.person == ticket.person]
    counts = _counts(open_here, own, ticket.browser, ticket.channel)
    return await admission.admit_stream(ticket.person, ticket.browser, ticket.channel, **counts)


def _counts(open_here: list[Ticket], own: list[Ticket], browser: str, channel: str) -> dict[str, int]:
    """Beside the one that a browser with a name replaces on its board."""
    others = [
        ticket for ticket in own if not browser or (ticket.browser, ticket.channel) != (browser, channel)
    ]
    boards = {ticket.channel for ticket in others if browser and ticket.browser == browser}
    replaced = len(own) - len(others)
    return {
        "open_here": len(open_here) - replaced,
        "of_person": len(others),
        "boards": len(boards - {channel}),
    }


def tell_refused(person: str, browser: str, decision: admission.Decision) -> None:
    """The pages of a person whose own limit refused something say so in words; at most once a second each."""
    here, now = current_hub(), time.monotonic()
    if here is None or now - _told.get(person, -TELL_SECONDS) < TELL_SECONDS:
        return
    if len(_told) >= MOST_TOLD:
        _told.clear()
    _told[person] = now
    until = datetime.now(UTC) + timedelta(seconds=decision.retry_after)
    said = {"level": pressure.level(), "reason": decision.reason, "limit": decision.reason}
    said |= {"until": until.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    here.notify(person, browser, said)


def user_of_session(key: str) -> User | None:
    if not key or "\0" in key:  # no database can look for that
        return None
    request = HttpRequest()
    request.session = SessionStore(key)  # a stream reads the session and never touches its expiry
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


async def _repair(ticket: Ticket, send: Any) -> None:
    """The same frames as the stream, finite: for a page that noticed a gap."""
    body = await in_thread(repair, ticket)
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def repair(ticket: Ticket) -> bytes:
    channel = Channel.objects.get(name=ticket.channel)
    wanted = parse_id(ticket.since)
    if wanted is None or wanted[0] != channel.epoch:
        return encode_json("reset", {"head": channel.seq, "reason": "unknown id"})
    frames, reason = replay(ticket.channel, ticket.user, wanted[1], ticket.rich)
    if reason:
        return encode_json("reset", {"head": channel.seq, "reason": reason})
    return b"".join((ticket.rich and made.html) or made.plain for made in frames)
