import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.flows.serving import Serving, gone, manage, template, until

pytestmark = [pytest.mark.flow, pytest.mark.alone]
SERVERS = pytest.mark.parametrize("server", ["uvicorn", pytest.param("daphne", marks=pytest.mark.drill)])
STREAMS = 300
WELL_BEFORE_A_TIME_OUT = (
    3.0  # seconds; how long it takes is printed, and a machine of its own needs less than one
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("prepared"))


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_one_command_serves_and_writes_an_access_log(prepared: Path, tmp_path: Path, server: str):
    with Serving(prepared, tmp_path, "--server", server, ACCESS_LOG="1") as serving:
        assert serving.get("/healthz") == (200, "ok\n")
        assert serving.get("/accounts/login/?secret=1")[0] == 200
        lines = (tmp_path / "run" / "access.log").read_text().splitlines()
        assert [line.split(" ", 1)[1] for line in lines[-2:]] == [
            "GET /healthz 200",
            "GET /accounts/login/ 200",
        ]


@SERVERS
def test_the_status_file_carries_every_worker_s_gauges(prepared: Path, tmp_path: Path, server: str):
    with Serving(prepared, tmp_path, "--server", server) as serving:
        until(lambda: any(row["gauges"] for row in serving.status()["workers"]), "a beat was heard")
        assert [row["pid"] for row in serving.status()["workers"]] == serving.worker_pids()
        assert "parley_supervisor_workers 1" in serving.get("/metrics")[1]
    assert not (tmp_path / "run" / "status.json").exists()


def test_a_killed_worker_is_replaced_after_a_second(prepared: Path, tmp_path: Path):
    with Serving(prepared, tmp_path) as serving:
        (first,) = serving.worker_pids()
        os.kill(first, signal.SIGKILL)
        waited = until(lambda: serving.worker_pids() not in ([], [first]), "another worker")
        assert 0.9 <= waited < 4
        until(serving.is_ready, "the new worker answers on the same port")
        until(lambda: serving.status()["restarts"] == 1, "the restart is recorded")


def test_a_second_death_waits_longer(prepared: Path, tmp_path: Path):
    with Serving(prepared, tmp_path) as serving:
        for delay in (1.0, 2.0):
            (pid,) = serving.worker_pids()
            os.kill(pid, signal.SIGKILL)
            waited = until(lambda pid=pid: serving.worker_pids() not in ([], [pid]), "another worker")
            assert delay - 0.1 <= waited < delay + 3


@SERVERS
def test_workers_leave_at_once_when_the_supervisor_is_killed(prepared: Path, tmp_path: Path, server: str):
    with Serving(prepared, tmp_path, "--server", server) as serving:
        (worker,) = serving.worker_pids()
        serving.end(signal.SIGKILL)
        assert until(lambda: gone(worker), "the worker is gone") <= WELL_BEFORE_A_TIME_OUT


def test_a_worker_that_is_still_starting_leaves_too(prepared: Path, tmp_path: Path):
    with Serving(prepared, tmp_path) as serving:
        (first,) = serving.worker_pids()
        os.kill(first, signal.SIGKILL)
        until(lambda: serving.worker_pids() not in ([], [first]), "another worker")
        (second,) = serving.worker_pids()
        serving.end(signal.SIGKILL)
        assert until(lambda: gone(second), "the starting worker is gone") <= WELL_BEFORE_A_TIME_OUT


@SERVERS
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end_says_nothing_alarming(prepared: Path, tmp_path: Path, number: int, server: str):
    with Serving(prepared, tmp_path, "--server", server) as serving:
        workers = serving.worker_pids()
        os.killpg(serving.process.pid, number)  # as Ctrl-C in a terminal does
        assert serving.process.wait(5) == 0
        assert all(gone(pid) for pid in workers)
        assert "Traceback" not in serving.log.read_text()


@SERVERS
def test_three_hundred_streams_are_told_and_all_is_gone_at_once(prepared: Path, tmp_path: Path, server: str):
    with Serving(prepared, tmp_path, "--server", server, LIMITS="wide") as serving:
        byes, seconds = asyncio.run(end_with_streams(serving))
        print(f"{server}: {STREAMS} streams told, and gone after {seconds:.2f} s")
        assert seconds < WELL_BEFORE_A_TIME_OUT
    assert len(byes) == STREAMS
    assert {bye["reason"] for bye in byes} == {"deploy"}
    assert len({bye["retry_ms"] for bye in byes}) > STREAMS / 2


async def end_with_streams(serving: Serving) -> tuple[list[dict], float]:
    head = stream_head(serving)
    streams = await asyncio.gather(*[opened(serving.port, head) for _number in range(STREAMS)])
    reading = asyncio.gather(*[rest_of(reader) for reader, _writer in streams])
    started = time.monotonic()
    serving.process.terminate()
    await asyncio.to_thread(serving.process.wait, 20)
    seconds = time.monotonic() - started
    texts = await asyncio.wait_for(reading, 5)
    for _reader, writer in streams:
        writer.close()
    return [
        json.loads(text.split("event: bye", 1)[1].split("data: ", 1)[1].split("\n")[0]) for text in texts
    ], seconds


async def opened(port: int, head: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    assert b" 200 " in answer.split(b"\r\n")[0], answer
    await asyncio.wait_for(reader.readuntil(b": hb"), 20)  # joined
    return reader, writer


async def rest_of(reader: asyncio.StreamReader) -> str:
    text = b""
    try:
        while more := await reader.read(65536):
            text += more
    except ConnectionResetError:
        pass
    return text.decode()


def board_slug(serving: Serving) -> str:
    done = manage(
        serving.folder,
        "shell",
        "-v0",
        "-c",
        "from board.models import Board; print(Board.objects.first().slug)",
    )
    return done.stdout.split()[-1]


def test_a_port_in_use_is_one_plain_sentence(prepared: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = manage(prepared, "serve", "--port", port)
    assert done.returncode == 1
    assert (
        done.stderr.strip() == f"CommandError: Port {port} is in use. Choose another one with --port or PORT."
    )


def test_two_workers_without_redis_are_refused(prepared: Path):
    done = manage(prepared, "serve", "--port", "0", "--workers", "2")
    assert done.returncode == 2
    assert "More than one worker needs REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_migrated_is_refused(tmp_path: Path):
    done = manage(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "Run: python manage.py migrate" in done.stderr


def test_demo_data_is_not_served_to_the_network(prepared: Path):
    done = manage(prepared, "serve", "--port", "0", "--host", "0.0.0.0", DEMO="1")
    assert done.returncode == 2
    assert "127.0.0.1 only" in done.stderr


def test_a_rollout_ends_open_streams_within_two_seconds(prepared: Path, tmp_path: Path):
    with Serving(prepared, tmp_path) as serving:
        head = stream_head(serving)
        with socket.create_connection(("127.0.0.1", serving.port), timeout=5) as connection:
            connection.sendall(head)
            heard = bytearray()
            until(lambda: heard.extend(connection.recv(4096)) or b": hb" in heard, "the stream is open")
            assert manage(tmp_path, "rollout", "off", "live_board").returncode == 0
            connection.settimeout(2)
            while b"event: bye" not in heard:
                heard.extend(connection.recv(4096))
        bye = json.loads(heard.decode().split("event: bye", 1)[1].split("data: ", 1)[1].split("\n")[0])
        assert bye == {"reason": "flag_off", "retry_ms": None}
        with socket.create_connection(("127.0.0.1", serving.port), timeout=5) as connection:
            connection.sendall(head)
            assert connection.recv(64).startswith(b"HTTP/1.1 204")


def stream_head(serving: Serving) -> bytes:
    path = f"/boards/{board_slug(serving)}/stream/"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {serving.token()}\r\n\r\n".encode()
    )
