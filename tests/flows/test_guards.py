"""Each safeguard on a real server, and the same attack on a server without it: there the harm is done."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.sabotage import WRITE
from tests.support.server import Server, until
from tests.support.streams import Client, Reader

pytestmark = [pytest.mark.flow, pytest.mark.alone]
WRITERS, WRITES = 8, 15
SABOTAGE = {"DJANGO_SETTINGS_MODULE": "tests.support.sabotage"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Client]:
    yield from served(LADDER="act")


@pytest.fixture(scope="module")
def bare() -> Iterator[Client]:
    yield from served(LADDER="observe", LIMITS="wide", SABOTAGE="deaf")


def served(**environment: str) -> Iterator[Client]:
    server = Server(**SABOTAGE, **environment)
    try:
        yield Client(server, "demo-facilitator")
    finally:
        server.stop()


def opened(client: Client) -> Reader:
    """A stream, as soon as the server gives one; asking slower than the limit."""
    return until(lambda: given(client), 15, "a stream", every=1.1)


def given(client: Client) -> Reader | None:
    reader = client.stream()
    if reader.status == 200:
        return reader
    reader.close()
    return None


def refusal(client: Client) -> int:
    """What the next stream is told; 200 is none."""
    reader = client.stream()
    reader.close()
    return reader.status


def plain_page(client: Client) -> int:
    return client.server.get(f"/api/v1/boards/{client.slug}", **client.headers)[0]


def has_tripped(client: Client) -> bool:
    metrics = client.server.get("/metrics")[1].decode()
    return re.search(r"^parley_ladder_level [2-4]", metrics, re.MULTILINE) is not None


def kill(client: Client) -> Reader:
    """The kill switch, thrown while a stream is open."""
    reader = opened(client)
    said = json.loads(client.server.manage("kill", "on", "--reason", "test"))
    assert said["killed"]
    return reader


def burn(client: Client) -> Reader:
    """Spin inside the worker, with a stream open, until the ladder has seen it."""
    reader = opened(client)
    (client.server.folder / "burn").touch()
    until(lambda: has_tripped(client), 20, "a level with things left out", every=0.2)
    return reader


def flood(client: Client) -> tuple[list[tuple[int, float]], float]:
    """Write as fast as it goes from eight threads, each until it is refused; answers and seconds."""
    client.zone = client.board()["zones"][0]["id"]
    started = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = [answer for some in pool.map(insist, [client] * WRITERS) for answer in some]
    return answers, time.monotonic() - started


def insist(client: Client) -> list[tuple[int, float]]:
    answers: list[tuple[int, float]] = []
    while len(answers) < WRITES and not (answers and answers[-1][0] != 201):
        answers.append(write(client))
    return answers


def write(client: Client) -> tuple[int, float]:
    """Status and Retry-After."""
    body = json.dumps({"kind": "fact", "body": "One of a flood", "zone": client.zone}).encode()
    headers = {**client.headers, "Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    url = f"{client.server.url}/api/v1/boards/{client.slug}/cards"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return answer.status, 0.0
    except urllib.error.HTTPError as error:
        with error:
            return error.code, float(error.headers.get("Retry-After", 0))


def test_the_kill_switch_ends_what_is_open_and_refuses_what_comes(guarded: Client) -> None:
    reader = kill(guarded)
    try:
        bye = json.loads(reader.wait("bye", seconds=5)[0].data)
        assert bye == {"reason": "killed", "retry_ms": None, "detail": "test"}
        assert reader.ended.wait(5)
        assert refusal(guarded) == 204
        assert plain_page(guarded) == 200
    finally:
        guarded.server.manage("kill", "off")
    opened(guarded)


def test_a_worker_that_never_hears_the_kill_switch_goes_on(bare: Client) -> None:
    reader = kill(bare)
    try:
        seq = bare.add("Said although live is killed")["seq"]
        until(lambda: seq in reader.seqs(), 5, "the change")
        assert refusal(bare) == 200
        assert not reader.of("bye")
    finally:
        bare.server.manage("kill", "off")


def test_a_spinning_worker_gives_up_live_and_takes_it_back_unaided(guarded: Client) -> None:
    reader = burn(guarded)
    bye = json.loads(reader.wait("bye", seconds=15)[0].data)
    (guarded.server.folder / "burn").unlink()
    assert bye["reason"] == "overload"
    assert bye["retry_ms"] >= 500
    assert reader.ended.wait(5)
    assert refusal(guarded) == 503  # by the worker that comes after it: the one that leaves opens no stream
    assert plain_page(guarded) == 200
    again = opened(guarded)
    seq = guarded.add("Live again")["seq"]
    until(lambda: seq in again.seqs(), 5, "the change")


def test_a_spinning_worker_that_only_observes_keeps_its_streams(bare: Client) -> None:
    reader = burn(bare)
    seq = bare.add("Pushed by a worker that spins")["seq"]
    until(lambda: seq in reader.seqs(), 5, "the change")
    assert refusal(bare) == 200
    assert not reader.of("bye")
    (bare.server.folder / "burn").unlink()


def test_a_flood_is_let_in_at_its_rate_and_told_when_to_come_back(guarded: Client) -> None:
    answers, seconds = flood(guarded)
    admitted = [status for status, _wait in answers if status == 201]
    refused = [(status, wait) for status, wait in answers if status != 201]
    assert refused
    assert all(status == 429 and wait >= 1 for status, wait in refused)
    assert len(admitted) <= WRITE["write_burst"] + seconds / WRITE["write_interval"]


def test_without_a_limit_the_whole_flood_is_let_in(bare: Client) -> None:
    answers, _seconds = flood(bare)
    assert [status for status, _wait in answers] == [201] * WRITERS * WRITES
