"""The kill switch: any source alone switches live off, and none of them has to be alive."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import InterfaceError, OperationalError

from board.proof.drills.machine import start_store
from safeguards import admission, flags, kill, kill_sources
from safeguards.models import AuditEntry, KillState
from tests.safeguards.conftest import Clock


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: True)


@pytest.fixture
def store(settings: Any) -> Iterator[redis.Redis]:
    server = start_store()
    with redis.Redis.from_url(server.connection_url) as client:
        settings.REDIS_URL = server.connection_url
        kill_sources.store_client.cache_clear()
        yield client
        kill_sources.store_client().close()
        kill_sources.store_client.cache_clear()
    server.stop()


def run(*args: str, capsys: Any) -> Any:
    call_command("kill", *args)
    return json.loads(capsys.readouterr().out)


@pytest.mark.django_db
def test_on_ends_live_for_everybody_and_off_gives_it_back(everyone: None) -> None:
    assert admission.keep_stream("live_board", 1).allowed
    kill.on("too loud", "ops")
    assert admission.keep_stream("live_board", 1).reason == "killed"
    assert kill.killed() == "too loud"
    kill.off("quiet again", "ops")
    assert admission.keep_stream("live_board", 1).allowed


@pytest.mark.django_db
def test_off_as_a_safeguard_the_streams_stay(everyone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill, "killed", lambda: None)
    kill.on("too loud", "ops")
    assert admission.keep_stream("live_board", 1).allowed


@pytest.mark.django_db
def test_every_change_leaves_a_line_in_the_audit_trail() -> None:
    kill.on("too loud", "ops")
    kill.off("quiet again", "ada")
    off, on = AuditEntry.objects.all()
    assert (on.action, on.actor, on.reason, on.before, on.after) == (
        "kill.on", "ops", "too loud", {"killed": False}, {"killed": True},
    )  # fmt: skip
    assert (off.action, off.before, off.after) == ("kill.off", {"killed": True}, {"killed": False})


@pytest.mark.django_db
def test_the_row_alone_kills_with_the_next_refresh() -> None:
    KillState.objects.update_or_create(pk=1, defaults={"killed": True, "reason": "by another host"})
    assert kill.killed() is None
    kill.refresh()
    assert kill.killed() == "by another host"


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"reason": "by hand"}', "", "{", "[]", "off", '"x"', "\udcff"]
)
def test_the_file_alone_kills_whatever_is_in_it(folder: Path, text: str) -> None:
    (folder / "kill").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert kill.killed() in {"by hand", "killed"}


@pytest.mark.django_db
def test_the_database_dead_the_file_kills_and_its_last_word_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("no database")

    monkeypatch.setattr(KillState.objects, "filter", dead)
    kill.on("no database", "ops")
    assert kill_sources.path().exists()
    assert kill.killed() == "no database"
    kill.off("back", "ops")
    assert kill.killed() is None
    monkeypatch.undo()


@pytest.mark.django_db
def test_a_database_that_dies_while_killed_does_not_switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    KillState.objects.update_or_create(pk=1, defaults={"killed": True, "reason": "before"})
    kill.refresh()

    def dead(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("no database")

    monkeypatch.setattr(KillState.objects, "filter", dead)
    kill.refresh()
    assert kill.killed() == "before"


@pytest.mark.django_db
def test_redis_carries_it_to_other_hosts(store: redis.Redis, folder: Path) -> None:
    kill.on("everywhere", "ops")
    assert store.get(kill_sources.REDIS_KEY) == b"everywhere"
    (folder / "kill").unlink()
    KillState.objects.update(killed=False)
    kill.forget()
    kill.refresh()
    assert kill.killed() == "everywhere"
    kill.off("over", "ops")
    assert kill.killed() is None
    assert store.get(kill_sources.REDIS_KEY) is None


@pytest.mark.django_db
def test_redis_down_hinders_nothing(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    kill_sources.store_client.cache_clear()
    with pytest.raises(redis.ConnectionError):
        kill_sources.store_client().ping()
    kill.on("anyway", "ops")
    assert kill.killed() == "anyway"
    kill.off("over", "ops")
    assert kill.killed() is None
    kill_sources.store_client().close()
    kill_sources.store_client.cache_clear()


@pytest.mark.django_db
def test_the_command_switches_and_tells(capsys: Any) -> None:
    assert run("status", capsys=capsys) == {
        "killed": False,
        "reason": "",
        "sources": [],
        "silent": [],
        "untold": [],
    }
    on = run("on", "--reason", "drill", capsys=capsys)
    said = {"reason": "drill", "sources": ["database", "file"], "silent": [], "untold": []}
    assert on == {"killed": True} | said
    assert run("status", capsys=capsys) == on
    assert run("off", capsys=capsys)["killed"] is False
    assert run("off", capsys=capsys)["killed"] is False  # twice is harmless


@pytest.mark.django_db
def test_on_a_full_disk_the_other_sources_are_told_and_the_empty_file_kills(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, text: str) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        assert kill.on("no space", "ops") == ["file"]
    assert KillState.objects.get().killed
    KillState.objects.update(killed=False)
    kill.forget()
    assert kill.killed() == "killed"


@pytest.mark.django_db
def test_a_reader_outlives_whatever_it_meets(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd() -> str:
        raise InterfaceError("connection already closed")

    monkeypatch.setitem(kill.READ, "database", odd)
    kill.refresh()
    assert kill.killed() is None
    assert kill.status()["silent"] == ["database"]


@pytest.mark.django_db
def test_redis_is_told_before_the_database_that_may_hang(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(
        kill_sources, "write_database", lambda **said: told.append(store.get(kill_sources.REDIS_KEY))
    )
    monkeypatch.setitem(kill.READ, "database", lambda: told.append("read"))
    kill.on("now", "ops")
    assert told[0] == b"now"


@pytest.mark.django_db
def test_an_endless_reason_is_cut() -> None:
    kill.on("x" * 200_000, "ops")
    assert len(kill.killed() or "") == kill.REASON
    (kill_sources.path()).write_text(json.dumps({"reason": "y" * 200_000}))
    kill.refresh()
    assert len(kill.killed() or "") <= kill.REASON


@pytest.mark.django_db
def test_a_kill_while_the_database_was_dead_is_written_down_later(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill, "time", clock)
    kill_sources.write_file("no database", "ops")
    for _ in range(2):
        kill.settle()
    assert not AuditEntry.objects.exists()
    clock.forward(kill.OWED_SECONDS + 1)
    kill.settle()
    kill.settle()
    line = AuditEntry.objects.get()
    assert (line.action, line.actor, line.reason) == ("kill.on", "ops", "no database")
    assert KillState.objects.get().killed


def test_the_command_tells_what_it_could_not_tell(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kill, "on", lambda reason, by: ["database"])
    monkeypatch.setattr(kill, "status", lambda: {"killed": False})
    with pytest.raises(SystemExit):
        call_command("kill", "on")
    assert "could not be told to the database" in capsys.readouterr().err
