"""Quarantine and release from the operations page; history with runbooks; the words about the last kill."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from board.ops import drawn, known, series, stored
from safeguards import breakers, history, kill, quarantine
from safeguards.asked import Asked
from safeguards.causes import causes
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


def ask(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> str:
    """The participant asks for something; their key."""
    who = f"user:{cast.participant.pk}"
    asked = Asked({"type": "http", "path": "/", "method": "GET", "headers": [], "client": ("127.0.0.1", 1)})
    asked.__dict__["person"] = who
    causes.attempt(asked)
    return who


def test_a_talker_is_put_aside_and_released_with_a_line_each(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, client = ask(cast, monkeypatch), staff(cast, "change_killstate")
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
