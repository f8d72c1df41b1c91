"""Two workers with Redis whose caches of flags are stale for good: who has a feature is right all the same, at once."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from board.proof.drills.machine import start_store
from tests.support.server import Server, until
from tests.support.streams import Client, Reader
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.flow, pytest.mark.alone]
TESTER, NEIGHBOUR = "demo-facilitator", "demo-participant"
FLAG = "SELECT id FROM safeguards_flag WHERE name = 'live_board'"
FOLLOW_SECONDS = 10.0  # patience; the workers follow within two
OFF_SECONDS = 1.2
AT_ONCE = 4


@dataclass(frozen=True)
class Seen:
    """The board page of one worker, and what its cache and its snapshot say of the person."""

    is_live: bool
    cached: str
    known: str


class House:
    """Two workers, a tester, a neighbour, and an admin who is at the flag page."""

    def __init__(self, server: Server) -> None:
        self.server = server
        until(lambda: len(self.server.workers()) == 2, what="two workers")
        self.server.manage("rollout", "off", "live_board", "--reason", "a fresh start")
        self.tester, self.neighbour, self.admin = (
            Visitor(self.server, who) for who in (TESTER, NEIGHBOUR, "demo-admin")
        )
        self.program = Client(self.server, TESTER)
        self.flag = f"/admin/safeguards/flag/{self.server.rows(FLAG)[0][0]}/change/"
        self.fill("off")

    def pages(self, visitor: Visitor, wanted: Callable[[Seen], bool], what: str, **headers: str) -> set[Seen]:
        """The same page from each worker, as soon as all of them answer as wanted."""
        seen: dict[str, Seen] = {}

        def all_as_wanted() -> bool:
            told, page = visitor.load(f"/boards/{visitor.slug}/", **headers)
            seen[told["X-Worker"]] = Seen('data-live="on"' in page, told["X-Cached"], told["X-Known"])
            return len(seen) == 2 and all(map(wanted, seen.values()))

        until(all_as_wanted, FOLLOW_SECONDS, what)
        assert {int(pid) for pid in seen} == set(self.server.workers())
        return set(seen.values())

    def fill(self, said: str) -> None:
        """The cache of each worker is brought to what is so now, and from then on stale again."""
        self.pages(
            self.tester, lambda page: page.cached == page.known == said, f"{said}, cached", **{"X-Fill": "1"}
        )

    def add_the_tester(self) -> None:
        self.server.manage("rollout", "add", "live_board", TESTER, "--reason", "the first one")

    def streams(self) -> list[Reader]:
        """The tester's, one on each worker. Several at once: a single one may always reach the same."""
        kept: dict[str, Reader] = {}

        def on_both() -> bool:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                opened = list(pool.map(lambda _n: self.program.stream(), range(AT_ONCE)))
            for reader in opened:
                if (
                    reader.status != 200
                    or kept.setdefault(reader.response.headers["X-Worker"], reader) is not reader
                ):
                    reader.close()
            return len(kept) == 2

        until(on_both, 40, "a stream on each worker", every=AT_ONCE)  # the limit is one a second
        return list(kept.values())

    def press_off(self) -> None:
        self.admin.send(self.flag, action="off", reason="enough")


@contextmanager
def house(**environment: str) -> Iterator[House]:
    store = start_store()
    build = {"DJANGO_SETTINGS_MODULE": "tests.support.stale", "REDIS_URL": store.connection_url}
    server = Server("serve", "--workers", "2", **build, **environment)
    try:
        yield House(server)
    finally:
        server.stop()
        store.terminate()


def test_one_tester_has_it_on_both_workers_and_loses_it_on_both() -> None:
    with house() as here:
        here.add_the_tester()
        seen = here.pages(here.tester, lambda page: page.is_live, "the tester's page is live on both")
        assert {page.cached for page in seen} == {"off"}
        seen = here.pages(here.neighbour, lambda page: True, "the neighbour's pages")
        assert {page.is_live for page in seen} == {False}

        here.fill("on")
        readers = here.streams()
        began = time.monotonic()
        here.press_off()
        until(lambda: all(reader.ended.is_set() for reader in readers), FOLLOW_SECONDS, "all streams closed")
        took = time.monotonic() - began
        print(f"\nfrom Off to the last of {len(readers)} streams on two workers: {took:.2f} s")
        assert {json.loads(reader.of("bye")[-1].data)["reason"] for reader in readers} == {"flag_off"}
        seen = here.pages(here.tester, lambda page: not page.is_live, "the tester's page is plain on both")
        assert {page.cached for page in seen} == {"on"}
        assert here.program.stream().status == 204
        assert took <= OFF_SECONDS


def test_where_the_cache_is_asked_nobody_gets_it_and_nobody_loses_it() -> None:
    with house(UNGUARDED="snapshot") as here:
        here.add_the_tester()
        seen = here.pages(here.tester, lambda page: page.known == "on", "both workers know of the tester")
        assert {page.is_live for page in seen} == {False}

        here.fill("on")
        readers = here.streams()
        here.press_off()
        seen = here.pages(here.tester, lambda page: page.known == "off", "both workers know that it is off")
        assert {page.is_live for page in seen} == {True}
        seq = here.program.add("Pushed to somebody who lost it")["seq"]
        for reader in readers:
            until(lambda reader=reader, seq=seq: seq in reader.seqs() or reader.of("bye"), 15, "the change")
            assert not reader.of("bye")
