"""Four processes of a host see the same thing at the same moment: one incident, told once."""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.flows.serving import manage
from tests.support.server import migrated

pytestmark = pytest.mark.flow
ACT = "from safeguards import incidents as i; i.record('memory', {'rss': 1}); i.flush()"
TELL = "from safeguards import incidents as i; i.flush(); i.telling.wait()"
COUNT = "from safeguards.models import AuditEntry as A; print(A.objects.filter(action='auto.memory').count())"


def test_what_four_processes_see_is_one_incident(tmp_path: Path) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _n: manage(tmp_path, "shell", "-v0", "-c", ACT), range(4)))
    assert [process.returncode for process in done] == [0] * 4, done[0].stderr
    (file,) = (tmp_path / "incidents").glob("*.json")
    assert file.read_text().count('"rss"') == 4
    assert manage(tmp_path, "shell", "-v0", "-c", COUNT).stdout.split()[-1] == "1"


class Hook(BaseHTTPRequestHandler):
    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        Hook.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


def test_of_four_processes_that_know_of_an_incident_one_tells_it(tmp_path: Path) -> None:
    shutil.copytree(migrated(), tmp_path, dirs_exist_ok=True)
    made = manage(tmp_path, "shell", "-v0", "-c", ACT)
    assert made.returncode == 0, made.stderr
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        with ThreadPoolExecutor(4) as pool:
            shells = ["shell", "-v0", "-c", TELL]
            done = list(pool.map(lambda _n: manage(tmp_path, *shells, INCIDENT_WEBHOOK=url), range(4)))
        server.shutdown()
    assert [process.returncode for process in done] == [0] * 4, done[0].stderr
    assert len(Hook.got) == 1
    assert json.loads(Hook.got[0])["rule"] == "memory"
