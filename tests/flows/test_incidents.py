"""Four processes of a host see the same thing at the same moment: one incident, told once."""

import json
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.flows.serving import manage
from tests.support.server import migrated

pytestmark = pytest.mark.flow
ACT = "from safeguards import incidents as i; i.record('memory', {'rss': 1}); i.flush()"
TELL = "from safeguards import incidents as i; i.flush(); i.telling.wait()"
COUNT = "SELECT COUNT(*) FROM safeguards_auditentry WHERE action = 'auto.memory'"


def four_times(folder: Path, script: str, **more: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _n: manage(folder, "shell", "-v0", "-c", script, **more), range(4)))
    assert [process.returncode for process in done] == [0] * 4, done[0].stderr


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seen")
    shutil.copytree(migrated(), folder, dirs_exist_ok=True)
    four_times(folder, ACT)
    return folder


def test_what_four_processes_see_is_one_incident(seen: Path) -> None:
    (file,) = (seen / "incidents").glob("*.json")
    assert file.read_text().count('"rss"') == 4
    with closing(sqlite3.connect(seen / "parley.sqlite3")) as connection:
        assert connection.execute(COUNT).fetchall() == [(1,)]


class Hook(BaseHTTPRequestHandler):
    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        Hook.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


def test_of_four_processes_that_know_of_an_incident_one_tells_it(seen: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        four_times(seen, TELL, INCIDENT_WEBHOOK=f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    assert len(Hook.got) == 1
    assert json.loads(Hook.got[0])["rule"] == "memory"
