"""Who wants to know is told once, whatever fails on the way."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from board import environment
from safeguards import incidents
from safeguards.incidents import operations as do
from safeguards.incidents import telling
from safeguards.models import Incident

pytestmark = pytest.mark.django_db


class Hook:
    """A real server that answers what it is told to, and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append({"path": self.path, "type": self.headers["Content-Type"], **json.loads(body)})
                self.send_response(hook.answers.pop(0) if hook.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?key=1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    hook = Hook()
    settings.INCIDENT_WEBHOOK = hook.url
    yield hook
    hook.stop()


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    settings.INCIDENT_EMAILS, settings.INCIDENT_WEBHOOK = [], ""
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.0)


class Time:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    held = Time()
    monkeypatch.setattr(telling, "time", held)
    return held


def flush(times: int = 1) -> None:
    for _time in range(times):
        incidents.flush()
        telling.wait()


def declare(title: str = "Boards are slow") -> Incident:
    return do.declare(title, "reason", by="ada", uid=uuid4())


def test_each_is_told_once_by_each_way(hook: Hook, settings: Any) -> None:
    settings.INCIDENT_EMAILS = ["ops@example.org", "duty@example.org"]
    settings.PUBLIC_URL = "https://board.example.org/"
    incidents.record("rollback", {"feature": "live_board", "person": "mia", "browser": "secret"})
    flush(3)
    incident = Incident.objects.get()
    assert incident.told_at is not None
    (message,) = mail.outbox
    (got,) = hook.got
    url = "https://board.example.org" + reverse("incident", args=[incident.uid])
    assert message.to == ["ops@example.org", "duty@example.org"]
    assert message.subject == "Parley incident: live_board was taken from mia"
    assert url in message.body
    assert (got["path"], got["type"]) == ("/hook?key=1", "application/json")
    assert (got["uid"], got["rule"], got["url"]) == (str(incident.uid), "rollback", url)
    assert "secret" not in message.body + json.dumps(got)


@pytest.mark.parametrize("public", ["https://board.example.org/", "https://board.example.org", ""])
def test_the_runbook_is_an_address_where_that_is_known(hook: Hook, settings: Any, public: str) -> None:
    settings.INCIDENT_EMAILS, settings.PUBLIC_URL = ["ops@example.org"], public
    incidents.record("memory", {"share": 0.9})
    flush()
    page = "https://board.example.org" + reverse("runbook", args=["memory"])
    where = page if public else "docs/runbooks/memory.md"
    assert f"Runbook: {where}\n" in mail.outbox[0].body
    assert [got["runbook"] for got in hook.got] == [where]


def test_what_joins_an_incident_is_not_told_and_another_one_is(hook: Hook) -> None:
    for _time in range(2):
        incidents.record("memory", {"share": 0.9})
        flush()
    declare()
    flush(2)
    assert [got["rule"] for got in hook.got] == ["memory", ""]


def test_of_many_processes_one_tells(hook: Hook) -> None:
    incident = declare()
    assert Incident.objects.filter(pk=incident.pk, told_at=None).update(told_at=incident.opened_at) == 1
    flush(2)
    assert hook.got == []


def test_an_update_that_came_too_late_tells_nobody(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    declare()
    seen = list(Incident.objects.all())
    Incident.objects.update(told_at=seen[0].opened_at)  # between the look and the claim
    real = Incident.objects.filter
    rows = Mock(side_effect=lambda **asked: seen if "pk" not in asked else real(**asked))
    monkeypatch.setattr(Incident.objects, "filter", rows)
    telling.flush()
    telling.wait()
    assert rows.call_count == 2
    assert hook.got == []


def test_nobody_is_asked_or_told_while_nobody_wants_to_know(django_assert_num_queries: Any) -> None:
    incident = declare()
    with django_assert_num_queries(0):
        flush(3)
    incident.refresh_from_db()
    assert incident.told_at is None
    assert mail.outbox == []


def test_a_failing_way_is_tried_three_times_more_with_growing_waits(
    hook: Hook, settings: Any, clock: Time, caplog: pytest.LogCaptureFixture
) -> None:
    settings.INCIDENT_EMAILS = ["ops@example.org"]
    hook.answers = [500, 302, 404, 503]
    declare()
    flush(2)
    tries = [len(hook.got)]
    for wait in telling.WAITS:
        clock.now += wait - 1
        flush()
        tries.append(len(hook.got))
        clock.now += 1
        flush(2)
        tries.append(len(hook.got))
    clock.now += 10_000
    flush(2)
    assert tries == [1, 1, 2, 2, 3, 3, 4]
    assert list(telling.WAITS) == sorted(set(telling.WAITS))
    assert len(hook.got) == 4
    assert {got["path"] for got in hook.got} == {"/hook?key=1"}  # no redirect was followed
    assert len(mail.outbox) == 1
    (line,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "Nobody could be told of incident" in line.getMessage()
    assert "key=1" not in caplog.text


def test_one_that_works_at_last_is_told_no_more(hook: Hook, clock: Time) -> None:
    hook.answers = [500]
    declare()
    flush()
    clock.now += telling.WAITS[0]
    flush(2)
    clock.now += 10_000
    flush(2)
    assert len(hook.got) == 2


def test_a_way_that_is_dead_holds_up_nothing(
    settings: Any, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INCIDENT_WEBHOOK = "http://127.0.0.1:1/"
    settings.INCIDENT_EMAILS = ["ops@example.org"]
    hangs, ends = threading.Event(), threading.Event()
    real = telling._webhook

    def hang(told: dict[str, str]) -> None:
        hangs.set()
        ends.wait(20)
        real(told)

    monkeypatch.setitem(telling.WAYS, "webhook", hang)
    declare()
    incidents.flush()
    assert hangs.wait(20)
    incidents.record("memory", {})
    incidents.flush()  # it is being told, and this returns
    assert Incident.objects.count() == 2
    ends.set()
    telling.wait()
    flush()
    assert len(mail.outbox) == 2


def test_a_title_with_a_line_break_is_no_second_header(settings: Any) -> None:
    settings.INCIDENT_EMAILS = ["ops@example.org"]
    Incident.objects.create(title="One\nBcc: all@example.org", opened_by="ada")
    flush()
    assert mail.outbox[0].subject == "Parley incident: One Bcc: all@example.org"
    assert mail.outbox[0].recipients() == ["ops@example.org"]


@pytest.mark.parametrize("value", ["ftp://x/", "x", "http://", "http://x:port/", "//x", "file:///etc/passwd"])
def test_a_wrong_webhook_stops_the_start_with_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("INCIDENT_WEBHOOK", value)
    with pytest.raises(ImproperlyConfigured, match="INCIDENT_WEBHOOK is no"):
        environment.web_address("INCIDENT_WEBHOOK")


def test_the_mail_server_comes_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    read = environment.mail_server
    assert (read("EMAIL_URL")["EMAIL_HOST"], read("EMAIL_URL")["EMAIL_PORT"]) == ("localhost", 25)
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://ops%40x:p%3Aw@mail.example.org")
    said = read("EMAIL_URL")
    assert (said["EMAIL_HOST_USER"], said["EMAIL_HOST_PASSWORD"], said["EMAIL_PORT"]) == ("ops@x", "p:w", 587)
    assert (said["EMAIL_USE_TLS"], said["EMAIL_USE_SSL"]) == (True, False)
    for wrong in ("mail.example.org", "imap://x", "smtp://", "smtp://x:port"):
        monkeypatch.setenv("EMAIL_URL", wrong)
        with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
            read("EMAIL_URL")
