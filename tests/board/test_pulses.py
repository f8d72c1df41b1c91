"""The pulse endpoint, spoken to without a server: who may, what is refused, and never a 5xx."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.middleware.csrf import _mask_cipher_secret
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from board import callers
from board.models import ApiToken, User, token_hash
from board.operations.tokens import make_token
from board.pulses import pulse
from board.standings import display
from board.streams import Caller
from collaboration.authority import Standing, authority
from collaboration.hub import current_hub, hub
from collaboration.stream import Ticket
from safeguards import flags, rollout
from tests.safeguards.asgi import Answer, ask, scope_of
from tests.support.cast import Cast, assemble

TOKEN = "a" * 32
GOOD = b'{"kind": "focus", "anchor": "card-1"}'


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    callers._callers.clear()
    with asyncio.Runner() as runner:
        yield runner
        if (here := current_hub()) is not None and here.loop is runner.get_loop():
            runner.run(here.close())
    callers._callers.clear()


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Cast]:
    cast = assemble()
    for feature in ("live_board", "live_presence", "live_cursors"):
        rollout.everyone(feature, actor="t", reason="t")
    yield cast
    flags.forget()


class Sender:
    def __init__(self, runner: asyncio.Runner, cast: Cast, user: User | None) -> None:
        self.runner, self.cast = runner, cast
        self.session = ""
        if user is not None:
            client = Client()
            client.force_login(user)
            self.session = str(client.session.session_key)

    def send(self, body: bytes = GOOD, method: str = "POST", slug: str = "", **headers: str) -> Answer:
        cookies = {"csrftoken": TOKEN, **({"sessionid": self.session} if self.session else {})}
        lines = {
            "host": "localhost",
            "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "x_csrftoken": TOKEN,
            "content_length": str(len(body)),
            **headers,
        }
        scope = scope_of(f"/boards/{slug or self.cast.board.slug}/pulse/", method, **lines) | {
            "query_string": b"",
            "scheme": "http",
            "server": ("localhost", 80),
        }
        return self.runner.run(ask(pulse, scope, (body,)))

    def roster(self) -> list[dict[str, Any]]:
        here = current_hub()
        assert here is not None
        found = here.indicators._gatherings.get(self.cast.board.channel)
        return found.presence.roster()[0] if found else []


def test_a_pulse_is_taken_and_its_person_is_here(runner: asyncio.Runner, stage: Cast) -> None:
    sender = Sender(runner, stage, stage.participant)
    said = {"kind": "focus", "anchor": "card-1", "actor": "owner", "id": "x", "name": "Eve", "board": "y"}
    assert sender.send(json.dumps(said).encode()).status == 204
    (row,) = sender.roster()
    assert (row["name"], row["id"], row["card"]) == ("Participant", str(stage.participant.uid), "card-1")


def test_an_observers_and_a_hidden_persons_pulse_is_taken_and_shown_to_nobody(
    runner: asyncio.Runner, stage: Cast
) -> None:
    User.objects.filter(pk=stage.owner.pk).update(shows_presence=False)
    for user in (stage.observer, stage.owner):
        sender = Sender(runner, stage, user)
        assert sender.send().status == 204
        assert sender.roster() == []


def test_without_the_flag_a_pulse_goes_nowhere(runner: asyncio.Runner, stage: Cast) -> None:
    rollout.off("live_presence", actor="t")
    sender = Sender(runner, stage, stage.participant)
    assert sender.send().status == 204
    assert sender.roster() == []


def test_strangers_and_the_signed_out_are_refused_in_this_order(runner: asyncio.Runner, stage: Cast) -> None:
    assert Sender(runner, stage, None).send(x_csrftoken="").status == 401
    stranger = Sender(runner, stage, stage.stranger)
    assert stranger.send().status == 404
    assert stranger.send(slug="no-such-board").status == 404
    nobody = Sender(runner, stage, None)
    nobody.session = "made-up"
    assert nobody.send().status == 401


def test_get_is_405_too_big_413_malformed_400(runner: asyncio.Runner, stage: Cast) -> None:
    sender = Sender(runner, stage, stage.participant)
    answer = sender.send(b"", "GET")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert sender.send(b" " * 513).status == 413
    assert sender.send(b" " * 513, content_length="10").status == 413
    answer = sender.send(b"{}")
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["type"] == "malformed"
    assert sender.send(GOOD.ljust(512)).status == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"x_csrftoken": ""},
        {"x_csrftoken": "b" * 32},
        {"x_csrftoken": "b" * 32 + "c" * 32},
        {"x_csrftoken": "\xff"},
        {"cookie": "csrftoken="},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
    ids=str,
)
def test_another_site_sends_nothing(runner: asyncio.Runner, stage: Cast, headers: dict[str, str]) -> None:
    sender = Sender(runner, stage, stage.participant)
    if "cookie" in headers:
        headers = {"cookie": f"sessionid={sender.session}"}
    assert sender.send(**headers).status == 403
    assert sender.roster() == []


def test_our_own_page_does_also_with_a_masked_token(runner: asyncio.Runner, stage: Cast) -> None:
    sender = Sender(runner, stage, stage.participant)
    masked = _mask_cipher_secret(TOKEN)
    assert (
        sender.send(x_csrftoken=masked, origin="http://localhost", sec_fetch_site="same-origin").status == 204
    )


def test_a_token_needs_no_csrf_and_a_wrong_one_is_refused(runner: asyncio.Runner, stage: Cast) -> None:
    token = secrets.token_hex(16)
    ApiToken.objects.create(user=stage.participant, name="t", token_hash=token_hash(token))
    sender = Sender(runner, stage, None)
    assert sender.send(authorization=f"Bearer {token}", x_csrftoken="").status == 204
    assert sender.send(authorization="Bearer wrong").status == 401
    assert [row["name"] for row in sender.roster()] == ["Participant"]


def test_a_token_that_may_only_read_shows_nothing_to_others(runner: asyncio.Runner, stage: Cast) -> None:
    token = make_token(stage.participant, "reader", "read")
    sender = Sender(runner, stage, None)
    answer = sender.send(authorization=f"Bearer {token}", x_csrftoken="")
    assert answer.status == 403 and b"only read" in answer.body
    assert sender.roster() == []


def test_who_has_no_stream_here_is_asked_for_once_in_five_seconds(
    runner: asyncio.Runner, stage: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    known = callers.identify

    def counting(*given: Any) -> Any:
        asked.append(given[2])
        return known(*given)

    monkeypatch.setattr(callers, "identify", counting)
    sender = Sender(runner, stage, stage.participant)
    for _number in range(20):
        assert sender.send().status == 204
    assert len(asked) == 1


class Open:
    """An open stream of this process, as the indicators see one."""

    def __init__(self, cast: Cast, session: str, browser: str) -> None:
        user = cast.participant
        self.said_goodbye, self.goodbye = False, ""
        self.standing = Standing()
        self.ticket = Ticket(
            cast.board.channel, str(user.uid), user, f"session:{session}", browser, "live_board", False, "",
            display=display(user), shown=True,
        )  # fmt: skip

    def feel(self, frame: bytes) -> bool:
        return True


def test_whose_stream_is_open_here_is_known_without_a_query(
    runner: asyncio.Runner, stage: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def identify(headers: Any, cookies: Any, slug: str) -> Caller:
        asked.append(cookies["browser"])
        return Caller(None, "", "", False)

    monkeypatch.setattr(callers, "identify", identify)
    sender = Sender(runner, stage, stage.participant)
    stream = Open(stage, sender.session, "browser-1")

    async def join() -> None:
        hub().indicators.join(stream)

    runner.run(join())
    cookie = f"sessionid={sender.session}; csrftoken={TOKEN}; browser="
    for _number in range(5):
        assert sender.send(cookie=f"{cookie}browser-1").status == 204
    assert asked == []
    assert sender.roster()[0]["card"] == "card-1"
    assert sender.send(cookie=f"{cookie}browser-2").status == 401
    callers._callers.clear()
    stream.said_goodbye = True
    assert sender.send(cookie=f"{cookie}browser-1").status == 401
    assert asked == ["browser-2", "browser-1"]


def test_a_server_that_breaks_says_so_and_never_raises(
    runner: asyncio.Runner, stage: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(authority, "_standing", lambda ticket: 1 / 0)
    answer = Sender(runner, stage, stage.participant).send()
    assert answer.status == 503
    assert {"retry-after", "ratelimit", "ratelimit-policy"} <= set(answer.headers)
    assert "A pulse could not be taken" in caplog.text


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=700)
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(["cursor", "typing", "focus", "editing", "x"])},
        optional={
            "anchor": st.none() | st.text(max_size=70) | st.just("card-1"),
            "x": st.floats() | st.integers() | st.text(max_size=3),
            "y": st.floats() | st.none(),
        },
    ).map(lambda said: json.dumps(said).encode()),
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "DELETE", "\u0000"]),
    token=st.just(TOKEN) | st.text(st.characters(max_codepoint=255), max_size=70),
    length=st.none() | st.text(st.characters(max_codepoint=255), max_size=8),
)
@example(body=b"", method="POST", token=TOKEN, length="²")  # a digit, and no number
def test_hostile_pulses_never_break_the_server(
    runner: asyncio.Runner, stage: Cast, body: bytes, method: str, token: str, length: str | None
) -> None:
    sender = Sender(runner, stage, None)
    sender.session = _session(stage)
    headers = {"x_csrftoken": token} | ({"content_length": length} if length is not None else {})
    assert sender.send(body, method, **headers).status in {204, 400, 403, 405, 413}


_sessions: dict[int, str] = {}


def _session(cast: Cast) -> str:
    """One sign-in for all examples of a test."""
    if cast.participant.pk not in _sessions or not callers._callers:
        client = Client()
        client.force_login(cast.participant)
        _sessions[cast.participant.pk] = str(client.session.session_key)
    return _sessions[cast.participant.pk]
