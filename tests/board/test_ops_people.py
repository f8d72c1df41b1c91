"""Quarantine and release from the operations page; history with runbooks; the words about the last kill."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from board.ops import drawn, known, people, series, stored
from safeguards import admission, breakers, flags, history, kill, quarantine
from safeguards.asked import Asked
from safeguards.causes import causes
from safeguards.identity import browser_key
from safeguards.models import AuditEntry, Baseline
from safeguards.rollout import baselines
from tests.support.cast import Cast, staff

pytestmark = pytest.mark.django_db
URL = "/ops/quarantine/"


def forget() -> None:
    kill.forget()
    quarantine.forget()
    stored.forget()
    series.forget()
    breakers.reset()
    drawn.forget()
    causes._seconds.clear()


@pytest.fixture(autouse=True)
def untouched(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    forget()
    yield
    forget()


def shown(client: Client, query: str = "") -> str:
    return client.get(f"/ops/{query}").content.decode()


def ask(cast: Cast, browser: str = "") -> str:
    """The participant asks for something; their key."""
    who = f"user:{cast.participant.pk}"
    asked = Asked({"type": "http", "path": "/", "method": "GET", "headers": [], "client": ("127.0.0.1", 1)})
    asked.__dict__ |= {"person": who, "browser": browser}
    causes.attempt(asked)
    return who


def test_a_talker_is_put_aside_and_released_with_a_line_each(cast: Cast) -> None:
    who, client = ask(cast), staff(cast, "change_killstate")
    page = shown(client)
    assert f'value="{who}"' in page and cast.participant.username in page
    put = {"quarantine": who, "why": "too <b>loud</b>", "minutes": "60"}
    assert client.post(URL, put).status_code == 303
    assert not breakers.ask_person(who).allowed
    page = shown(client)
    assert "too &lt;b&gt;loud&lt;/b&gt; (owner)" in page and "60 min" in page
    assert client.post(URL, {"release": who}).status_code == 303
    assert breakers.ask_person(who).allowed
    assert "Nobody is in quarantine." in shown(client)
    lines = AuditEntry.objects.values_list("action", "subject", "actor", "reason")
    assert list(lines) == [
        ("quarantine.off", who, "owner", ""),
        ("quarantine.on", who, "owner", "too <b>loud</b>"),
    ]


def test_a_browser_is_put_aside_by_one_click_and_released(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = "abcdefgh12345678"
    key, who, client = browser_key(cookie), ask(cast, cookie), staff(cast, "change_killstate")
    page = shown(client)
    assert f'value="{key}"' in page and cookie not in page
    assert 'name="why" maxlength="500" required value="asks most"' in page  # what one click sends
    assert client.post(URL, {"quarantine": key, "why": "asks most", "minutes": "10"}).status_code == 303
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: True)
    assert admission.may_be_live("live_board", cast.participant.pk, who).allowed
    assert not admission.may_be_live("live_board", cast.participant.pk, who, cookie).allowed
    assert not admission.keep_stream(
        "live_board", cast.owner.pk, "", cookie
    ).allowed  # whoever signs in there
    page = shown(client)
    assert f"browser {key[8:20]}" in page and f'name="release" value="{key}"' in page
    assert f'name="quarantine" value="{key}"' not in page and f'name="quarantine" value="{who}"' in page
    assert cookie not in quarantine._path().read_text()
    assert client.post(URL, {"release": key}).status_code == 303
    assert admission.may_be_live("live_board", cast.participant.pk, who, cookie).allowed
    lines = AuditEntry.objects.values_list("action", "subject", "actor")
    assert list(lines) == [("quarantine.off", key, "owner"), ("quarantine.on", key, "owner")]


def test_it_ends_by_itself_after_the_time_that_was_chosen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, client = browser_key("abcdefgh12345678"), staff(cast, "change_killstate")
    client.post(URL, {"quarantine": key, "why": "x"})
    assert 'id="put-aside-browser-' in shown(client)
    now = time.time()
    monkeypatch.setattr(quarantine.time, "time", lambda: now + 601)
    assert quarantine.orders() == {} and "Nobody is in quarantine." in shown(client)


def test_without_its_csrf_token_nobody_is_put_aside(cast: Cast) -> None:
    signed_in = staff(cast, "change_killstate")
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies
    assert client.post(URL, {"quarantine": "user:7", "why": "x"}).status_code == 403
    assert quarantine.orders() == {}


def test_who_asks_most_is_added_up_over_all_workers(cast: Cast) -> None:
    who, client = f"user:{cast.participant.pk}", staff(cast, "change_killstate")
    tab = browser_key("abcdefgh12345678")
    row = {"beat_age_s": 0, "cores": 0.1, "rss_bytes": 1, "gauges": {}}
    workers = [
        row
        | {
            "pid": pid,
            "loud": {
                "talkers": [[who, tab, {"read": 3 * pid}], [f"address:192.0.2.{pid}", "", {"read": 1}]],
                "top": [[who, tab, "event", pid]],
                "aside": [["user:77", "request-loop", time.time() + 90]] if pid == 2 else [],
            },
        }
        for pid in (1, 2)
    ]
    workers.append(row | {"pid": 3, "loud": {"talkers": [[1]], "top": 7}})  # nonsense
    known.folder().mkdir()
    told = {"at": time.time(), "restarts": 0, "workers": workers}
    (known.folder() / "status.json").write_text(json.dumps(told))
    page = shown(client)
    assert page.count(f'<tr id="talker-user-{cast.participant.pk}-') == 1
    assert "read <b>9</b>" in page and "192.0.2.1" in page and "192.0.2.2" in page
    assert "<td>event</td><td>3</td>" in page
    assert "request-loop</td><td>2 min" in page or "request-loop</td><td>1 min" in page


def test_a_thousand_in_quarantine_keep_the_page_small(cast: Cast) -> None:
    orders = {
        f"user:{number}": {"at": time.time(), "until": time.time() + 600, "reason": "x" * 500, "by": "ada"}
        for number in range(500)
    }
    quarantine._path().write_text(json.dumps(orders))
    page = shown(staff(cast, "change_killstate"))
    assert page.count('id="put-aside-') == people.SHOWN and "and 450 more" in page


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"quarantine": "user:7"},
        {"quarantine": "user:7", "why": " "},
        {"quarantine": "user:7", "why": "x", "minutes": "9"},
        {"quarantine": "address:127.0.0.1", "why": "x"},
        {"quarantine": "user:x", "why": "x"},
        {"quarantine": "token:" + "é" * 3, "why": "x"},
        {"quarantine": "browser:abcdefgh12345678", "why": "x"},
        {"quarantine": "browser:" + "A" * 32, "why": "x"},
        {"quarantine": "browser:" + "a" * 32 + "\n", "why": "x"},
        {"release": "others"},
    ],
)
def test_what_is_no_order_changes_nothing(cast: Cast, data: dict[str, str]) -> None:
    answer = staff(cast, "change_killstate").post(URL, data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert quarantine.orders() == {} and not AuditEntry.objects.exists()


def test_only_who_may_kill_may_put_aside(cast: Cast) -> None:
    client = staff(cast)
    assert client.post(URL, {"quarantine": "user:7", "why": "x"}).status_code == 403
    page = shown(client)
    assert 'id="quarantine"' not in page and "data-may" not in page
    assert client.post(URL, {"quarantine": "browser:" + "a" * 32, "why": "x"}).status_code == 403
    client.force_login(cast.participant)
    assert client.post(URL, {"quarantine": "user:7", "why": "x"}).status_code == 403
    assert client.get("/ops/runbooks/memory/").status_code == 403


def test_a_full_disk_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> None:
        raise OSError

    monkeypatch.setattr(quarantine, "put", full)
    answer = staff(cast, "change_killstate").post(URL, {"quarantine": "user:7", "why": "x"})
    assert (answer.status_code, AuditEntry.objects.count()) == (422, 0)


def test_history_names_the_newest_fifty_with_their_runbooks(cast: Cast) -> None:
    for number in range(60):
        rule = "memory" if number % 2 else "strange"
        AuditEntry.objects.create(
            actor_kind="auto", actor=f"auto:{rule}", action=f"auto.{rule}", subject="live"
        )
    AuditEntry.objects.create(actor="ada", action="kill.on", subject="live")
    client = staff(cast, "change_killstate")
    page = shown(client)
    assert page.count('class="ops__when"') == 50
    assert page.count('href="/ops/runbooks/memory/"') == 25
    assert "/ops/runbooks/strange/" not in page
    book = client.get("/ops/runbooks/memory/").content.decode()
    assert "<h2>Confirm in 60 seconds</h2>" in book
    assert client.get("/ops/runbooks/strange/").status_code == 404


def test_the_last_kill_is_told(cast: Cast) -> None:
    client = staff(cast, "change_killstate")
    assert "not measured yet" in shown(client)
    known.folder().mkdir()
    file = known.folder() / "kill.json"
    file.write_text(json.dumps({"at": 1_800_000_000, "streams": 6, "seconds": 0.314}))
    assert "0.31 s until the last of 6 streams had ended (15 Jan 08:00 UTC)" in shown(client)
    file.write_text(json.dumps({"at": 1_800_000_000, "streams": 6, "seconds": None}))
    assert "some were still open after 30 s" in shown(client)
    file.write_text("{")
    assert "not measured yet" in shown(client)


def test_the_band_is_drawn_from_a_fresh_baseline_only(cast: Cast) -> None:
    client = staff(cast, "change_killstate")
    figures = {"requests": {"low": 1, "mid": 2, "high": 3}, "events": {"low": "x"}, "streams": 3}
    baseline = baselines.keep(figures)
    page = shown(client)
    assert page.count('class="chart__band"') == 1  # of requests
    assert "ordinary: 1.0 – 3.0" in page
    Baseline.objects.filter(pk=baseline.pk).update(host_class="another")
    assert 'class="chart__band"' not in shown(client)


def test_how_far_back_is_chosen_by_a_link(cast: Cast) -> None:
    client = staff(cast, "change_killstate")
    for name in ("5min", "hour", "day", "week"):
        page = shown(client, f"?span={name}")
        assert f'id="ops-charts-{name}"' in page and f'data-stream="/ops/stream/?span={name}"' in page
        assert f'<a href="?span={name}" aria-current="page">' in page
        assert page.count('<a href="?span=') == 4
    assert 'id="ops-charts-hour"' in shown(client) and 'id="ops-charts-hour"' in shown(client, "?span=year")


def test_an_unreadable_ring_leaves_the_page(cast: Cast) -> None:
    history.folder().mkdir()
    (history.folder() / "seconds-20270115T0800.jsonl").write_bytes(b"\xff{")
    (history.folder() / "minutes-20270115.jsonl").write_text('{"at": 1}')
    client = staff(cast, "change_killstate")
    assert client.get("/ops/").status_code == client.get("/ops/?span=week").status_code == 200


def test_no_number_and_no_nul_breaks_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = staff(cast, "change_killstate")
    for who in ("user:" + "9" * 40, "user:" + "9" * 19, "user:7\0"):
        assert client.post("/ops/quarantine/", {"quarantine": who, "why": "x"}).status_code == 422
    stored._wanted.add("user:" + "9" * 40)
    assert client.get("/ops/").status_code == 200
    assert client.post("/ops/switch/", {"action": "on", "reason": "a\0b"}).status_code == 303
    assert kill.killed() == "ab"
    kill.off("calm", "test")
