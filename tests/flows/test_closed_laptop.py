"""A closed laptop: its packets stop, nothing says goodbye, and it is gone within 45 seconds."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.flows.test_presence import names
from tests.support.server import ROOT, Server, until
from tests.support.streams import Client

pytestmark = [pytest.mark.flow, pytest.mark.idle]
RUN = os.getpid()  # two runs on one machine have a wire each
NETWORK, WIRE, END = f"parley-{RUN}", f"pl{RUN}a", f"pl{RUN}b"
OURS, LAPTOP = (f"10.231.{RUN % 250}.{host}" for host in (1, 2))
SECONDS = 45
READ = """
import http.client, sys
host, port, path, authorization = sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port))
connection.request("GET", path, headers={"Authorization": authorization})
connection.getresponse().read()
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@pytest.fixture
def laptop() -> Iterator[list[str]]:
    """A network of its own with one wire to us; the command that runs something there."""
    if shutil.which("ip") is None:
        pytest.skip("there is no `ip`: apt-get install iproute2")
    try:
        ip("netns", "add", NETWORK)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
    try:
        ip("link", "add", WIRE, "type", "veth", "peer", "name", END, "netns", NETWORK)
        ip("addr", "add", f"{OURS}/30", "dev", WIRE)
        ip("-n", NETWORK, "addr", "add", f"{LAPTOP}/30", "dev", END)
        ip("link", "set", WIRE, "up")
        ip("-n", NETWORK, "link", "set", END, "up")
        yield ["ip", "netns", "exec", NETWORK]
    finally:
        ip("netns", "del", NETWORK)


def test_a_closed_laptop_is_gone_within_45_seconds(laptop: list[str]) -> None:
    server = Server("serve", "--host", "0.0.0.0", demo=False)
    process = None
    try:
        server.manage("demo")
        mona, jonas = Client(server, "demo-facilitator"), Client(server, "demo-participant")
        reader = until(
            lambda: got if (got := mona.stream()).status == 200 else None, what="a stream", every=1.1
        )
        where = [OURS, str(server.port), f"/boards/{mona.slug}/stream/", jonas.headers["Authorization"]]
        command = [*laptop, sys.executable, "-c", READ, *where]
        process = subprocess.Popen(command, cwd=ROOT)
        until(lambda: names(reader) == ["Jonas", "Mona"], what="both are here")
        # Without its address it answers nothing any more, not even that it is gone.
        ip("-n", NETWORK, "addr", "flush", "dev", END)
        closed_at = time.monotonic()
        until(lambda: names(reader) == ["Mona"], SECONDS, "the laptop's person is gone", every=0.2)
        print("gone after", time.monotonic() - closed_at)
        assert time.monotonic() - closed_at > 5  # it was not a goodbye that told us
        reader.close()
    finally:
        if process is not None:
            process.kill()
            process.wait()
        server.stop()
