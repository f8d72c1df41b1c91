"""The wire on real servers, as a program on the other end sees it."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.support.server import Server, until
from tests.support.streams import Client, Reader

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module", params=["uvicorn", pytest.param("daphne", marks=pytest.mark.drill)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server("serve", "--server", request.param)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def anna(server: Server) -> Client:
    return Client(server, "demo-facilitator")


def metric(server: Server, name: str) -> float:
    text = server.get("/metrics")[1].decode()
    found = re.search(rf"^parley_{name} (.+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def live(client: Client) -> Reader:
    """A stream, as soon as the server gives one; asking slower than the limit."""
    return until(
        lambda: reader if (reader := client.stream()).status == 200 else None, 10, "a stream", every=1.1
    )


def test_changes_come_once_each_in_order_without_a_gap(server: Server, anna: Client) -> None:
    snapshot = anna.board()
    reader = anna.stream(f"{snapshot['epoch']}-{snapshot['seq']}")
    wanted = [anna.add(f"card {number}")["seq"] for number in range(20)]
    reader.wait("change", 20)
    assert reader.seqs() == wanted
    assert [event.id for event in reader.of("change")] == [f"{snapshot['epoch']}-{seq}" for seq in wanted]
    reader.close()


def test_resuming_replays_exactly_what_was_missed(anna: Client) -> None:
    before = anna.board()
    missed = [anna.add(f"missed {number}")["seq"] for number in range(5)]
    reader = anna.stream(f"{before['epoch']}-{before['seq']}", "&html=1")
    reader.wait("change", 5)
    live = anna.add("then live")["seq"]
    reader.wait("change", 6)
    assert reader.seqs() == [*missed, live]
    assert all("live-update" in json.loads(event.data)["html"] for event in reader.of("change"))
    reader.close()


@pytest.mark.parametrize("since", ["nonsense", "00000000-1", "{epoch}-999999", "%0d%0aid:1"])
def test_a_bad_or_foreign_id_gives_a_reset_and_the_stream_goes_on(anna: Client, since: str) -> None:
    snapshot = anna.board()
    reader = anna.stream(since.replace("{epoch}", snapshot["epoch"]))
    assert reader.status == 200
    assert json.loads(reader.wait("reset")[0].data)["head"] >= snapshot["seq"]
    seq = anna.add("after the reset")["seq"]
    reader.wait("change")
    assert reader.seqs() == [seq]
    reader.close()


def test_gap_repair_is_finite_and_the_same_frames(server: Server, anna: Client) -> None:
    before = anna.board()
    seq = anna.add("repaired")["seq"]
    path = f"/boards/{anna.slug}/events/?since={before['epoch']}-{before['seq']}"
    status, body = server.get(path, **anna.headers)
    assert status == 200
    assert f"id: {before['epoch']}-{seq}\n".encode() in body
    assert b'"body":"repaired"' in body


def test_strangers_anonymous_and_other_sites_get_no_stream(server: Server, anna: Client) -> None:
    path = f"/boards/{anna.slug}/stream/"
    assert server.get(path)[0] == 401
    assert server.get("/boards/nosuchboard/stream/", **anna.headers)[0] == 404
    assert server.get(path, **{**anna.headers, "Sec-Fetch-Site": "cross-site"})[0] == 403
    assert server.ask("POST", path, {}, anna.headers)[0] == 405


def test_the_flag_and_the_kill_switch_end_a_stream_and_refuse_the_next(server: Server, anna: Client) -> None:
    tester = Client(server, "demo-tester")
    assert tester.stream().status == 204
    server.manage("rollout", "add", "live_board", "demo-tester")
    reader = live(tester)
    server.manage("rollout", "remove", "live_board", "demo-tester")
    assert json.loads(reader.wait("bye", seconds=5)[0].data) == {"reason": "flag_off", "retry_ms": None}
    assert reader.ended.wait(5)
    anna_reads = anna.stream()
    server.manage("kill", "on", "--reason", "test")
    assert json.loads(anna_reads.wait("bye", seconds=5)[0].data) == {
        "reason": "killed",
        "retry_ms": None,
        "detail": "test",
    }
    assert anna.stream().status == 204
    server.manage("kill", "off")
    assert live(anna).status == 200


def test_removal_ends_the_removed_persons_stream(server: Server, anna: Client) -> None:
    observer = Client(server, "demo-observer")
    reader = observer.stream()
    assert reader.status == 200
    anna.json("DELETE", f"/api/v1/boards/{anna.slug}/members/demo-observer")
    assert json.loads(reader.wait("bye", seconds=6)[0].data)["reason"] == "revoked"
    assert reader.ended.wait(5)
    anna.json(
        "POST", f"/api/v1/boards/{anna.slug}/members", {"username": "demo-observer", "role": "observer"}
    )


def test_every_change_came_from_its_announcement(server: Server) -> None:
    assert metric(server, "events_total") > 20
    assert metric(server, "sweep_recoveries_total") == 0
