"""A game day on a real server: started with the form alone, played against it, told on the page."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support.server import Server, until

pytestmark = [pytest.mark.flow, pytest.mark.alone]
SIGNED_IN = (
    "from django.contrib.auth import *; from django.contrib.sessions.backends.db import SessionStore\n"
    "u = get_user_model().objects.get(username='demo-admin'); s = SessionStore(); s[SESSION_KEY] = str(u.pk)\n"
    "s[BACKEND_SESSION_KEY] = 'django.contrib.auth.backends.ModelBackend'\n"
    "s[HASH_SESSION_KEY] = u.get_session_auth_hash(); s.create(); print(s.session_key)"
)
DAYS = "SELECT drill, ended_at IS NOT NULL, result FROM safeguards_gameday"
TOKEN = "c" * 32


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    return signed_in(server)


def signed_in(server: Server) -> str:
    return f"sessionid={server.manage('shell', '-v0', '-c', SIGNED_IN).splitlines()[-1]}; csrftoken={TOKEN}"


def page(server: Server, cookie: str) -> str:
    return server.get("/ops/", Cookie=cookie)[1].decode()


@pytest.mark.parametrize(
    ("drill", "what"), [("echo", "edits let in per gesture"), ("polling", "requests let in")]
)
def test_a_drill_is_played_against_the_server_that_runs(
    server: Server, cookie: str, drill: str, what: str
) -> None:
    result = played(server, cookie, drill)
    assert result["passed"], result
    assert re.search(rf"held, [0-9.]+ s</td>\s*<td>{what} \d+", page(server, cookie))
    assert server.get("/healthz")[0] == 200


@pytest.mark.drill
def test_without_its_limit_a_polling_client_is_not_held_and_the_page_says_so() -> None:
    server = Server(LIMITS="wide")
    try:
        cookie = signed_in(server)
        result = played(server, cookie, "polling")
        assert not result["passed"] and result["contained_s"] is None
        assert result["bounds"]["requests let in"]["value"] == 60
        assert "<b>broken</b>" in page(server, cookie)
    finally:
        server.stop()


def played(server: Server, cookie: str, drill: str) -> dict:
    """Start it with the form; what became of it."""
    until(server.workers, 20, "the supervisor's status")
    fields = {"drill": drill, "why_drill": "every month", "consent": "1", "csrfmiddlewaretoken": TOKEN}
    assert post(server, cookie, fields) == 200  # of the page that the redirect leads to
    until(lambda: drill_ended(server, drill), 40, "its end")
    until(lambda: "under way" not in page(server, cookie), 15, "the page to know", every=0.5)
    ((_drill, _ended, result),) = [day for day in days(server) if day[0] == drill]
    print(drill, json.dumps(result))
    return result


def days(server: Server) -> list:
    return [[drill, ended, json.loads(result or "null")] for drill, ended, result in server.rows(DAYS)]


def drill_ended(server: Server, drill: str) -> bool:
    return any(name == drill and ended for name, ended, _result in days(server))


def post(server: Server, cookie: str, fields: dict[str, str]) -> int:
    request = urllib.request.Request(
        f"{server.url}/ops/drill/",
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return answer.status
