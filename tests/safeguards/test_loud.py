"""What a worker tells of the loudest is small, names no cookie, and is added up."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safeguards import breakers, loud, metrics, status, worker
from safeguards.asked import Asked
from safeguards.causes import Causes
from safeguards.identity import browser_key
from safeguards.supervised import Supervised

COOKIE = "abcdefgh12345678"


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Causes]:
    made = Causes(lambda: 100.0)
    monkeypatch.setattr(loud, "causes", made)
    loud._last.clear()
    yield made
    loud._last.clear()


def ask(counted: Causes, person: str, browser: str = COOKIE, times: int = 1) -> None:
    scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "client": ("127.0.0.1", 1)}
    for _time in range(times):
        asked = Asked(scope)
        asked.__dict__ |= {"person": person, "browser": browser, "caused_by": "e"}
        counted.attempt(asked)


def test_a_flood_of_people_is_told_in_a_few_kilobytes_without_a_cookie(counted: Causes) -> None:
    for number in range(3000):
        ask(counted, f"token:{number:064d}", f"{COOKIE}{number}")
        breakers.quarantine(f"token:{number:064d}", "r" * 500)
    loud.look()
    told = json.dumps(loud.told())
    assert len(told) < 8 * 1024 and COOKIE not in told
    assert {name: len(rows) for name, rows in loud.told().items()} == {"talkers": 10, "top": 10, "aside": 10}


def test_the_loudest_of_all_workers_come_first(counted: Causes) -> None:
    ask(counted, "user:7", times=3)
    ask(counted, "user:8", times=4)
    loud.look()
    here, there = (
        loud.told(),
        {"talkers": [["user:7", browser_key(COOKIE), {"read": 2, "by event": 2}]], "top": [], "aside": []},
    )
    talkers = loud.merged([here, there, {}, {"talkers": 3}]).talkers
    assert [(who, kinds["read"]) for (who, _browser), kinds in talkers] == [("user:7", 5), ("user:8", 4)]
    assert loud.merged([here, here]).top[0] == (("user:8", browser_key(COOKIE), "event"), 8)


def test_metrics_tell_the_loudest_without_a_cookie(counted: Causes, tmp_path: Path) -> None:
    ask(counted, "user:7", times=3)
    told = metrics.prometheus_text(tmp_path)
    assert COOKIE not in told
    named = f'person="user:7",browser="{browser_key(COOKIE)}"'
    assert f'parley_asked_10s{{{named},kind="read"}} 3' in told
    assert f'parley_caused_10s{{{named},what="event"}} 3' in told


def test_metrics_tell_the_loudest_of_all_workers_whichever_answers(counted: Causes, tmp_path: Path) -> None:
    ask(counted, "user:7", times=3)
    row = {"beat_age_s": 0, "cores": 0.1, "gauges": {}}
    said = [
        {"talkers": [["user:8", "", {"read": n}]], "top": [["user:8", "", "event", n]], "aside": []}
        for n in (4, 5)
    ]
    workers = [row | {"pid": pid, "loud": one} for pid, one in enumerate([*said, {}])]
    status.write(tmp_path, {"at": time.time(), "restarts": 0, "workers": workers})
    told = metrics.prometheus_text(tmp_path)
    assert 'parley_asked_10s{person="user:8",browser="",kind="read"} 9' in told
    assert 'parley_caused_10s{person="user:8",browser="",what="event"} 9' in told
    assert "user:7" not in told and "parley_supervisor_workers 3" in told


def test_whom_a_person_put_aside_is_not_told_as_a_rules_doing() -> None:
    breakers.quarantine("user:7", "request-loop")
    breakers.quarantine("user:8", "by ada", by_hand=True)
    assert list(loud.here().aside) == ["user:7"]


def test_a_heart_tells_it_when_it_has_changed_and_the_supervisor_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0)
    hearing, heart = os.pipe()
    said: list[dict[str, Any]] = [{"talkers": [1]}]

    async def scene() -> None:
        beating = asyncio.create_task(worker.beat(heart, lambda: said[0]))
        for _beat in range(3):
            await asyncio.sleep(0)  # one beat in each turn of the loop
        beating.cancel()

    asyncio.run(scene())
    heard = os.read(hearing, 65536)
    os.close(hearing)
    os.close(heart)
    assert heard.count(b"\n") == 3 + 1  # three beats
    assert heard.count(b'{"loud": {"talkers": [1]}}') == 1
    kept = Supervised.__new__(Supervised)
    kept.gauges, kept.loud = {}, {}
    for line in [
        *heard.split(b"\n")[:-1],
        b"7",
        b'{"streams": 3}',
        b'{"loud": 3, "x": 1}',
        b'{"streams": 4}',
    ]:
        kept._understand(line)
    assert kept.gauges == {"streams": 4} and kept.loud == {}
    kept._understand(heard.split(b"\n")[0])
    assert kept.loud == {"talkers": [1]}
