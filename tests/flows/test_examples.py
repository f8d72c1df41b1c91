"""The examples of the manual, against a real server: snapshot, then the stream, also over a restart."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import ROOT, Server, until
from tests.support.streams import Client

pytestmark = pytest.mark.flow
COMMANDS = {"tail.py": [sys.executable], "tail.sh": ["sh"]}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


class Tail:
    """An example that runs; what it has printed so far is in a file."""

    def __init__(self, name: str, server: Server, token: str, slug: str, folder: Path) -> None:
        self.printed = folder / name
        environment = os.environ | {"PARLEY": server.url, "TOKEN": token}
        with self.printed.open("w") as out:
            self.process = subprocess.Popen(
                [*COMMANDS[name], str(ROOT / "examples" / name), slug],
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def hears(self, text: str) -> bool:
        return text in self.printed.read_text()

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, 15)
        self.process.wait(10)


def test_they_follow_and_come_back_after_a_restart(server: Server, tmp_path: Path) -> None:
    anna = Client(server, "demo-facilitator")
    token = server.manage("token", "demo-participant", "--read-only", "--board", anna.slug, "--days", "7")
    anna.add("before they came")
    names = [name for name in COMMANDS if name != "tail.sh" or shutil.which("curl")]
    tails = [Tail(name, server, token, anna.slug, tmp_path) for name in names]
    try:
        for tail in tails:
            until(lambda tail=tail: anna.add("and now") and tail.hears("and now"), 20, "a change", every=0.5)
        server.stop()
        server.start()
        seq = anna.add("after the restart")["seq"]
        for tail in tails:
            until(lambda tail=tail: tail.hears("after the restart"), 30, "a change after the restart")
            text = tail.printed.read_text()
            assert text.count(f'"seq":{seq},') == 1 and "before they came" not in text
    finally:
        for tail in tails:
            tail.end()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_one_stops(server: Server, name: str, tmp_path: Path) -> None:
    if name == "tail.sh" and shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    tail = Tail(name, server, "wrong", "000000000000000000000000", tmp_path)
    try:
        tail.process.wait(10)
    finally:
        tail.end()


def test_the_manual_shows_the_examples_as_they_are() -> None:
    manual = (ROOT / "docs" / "api.md").read_text()
    for name in COMMANDS:
        source = (ROOT / "examples" / name).read_text()
        assert source.rstrip("\n") in manual, name
    assert len((ROOT / "examples" / "tail.py").read_text().splitlines()) <= 30
