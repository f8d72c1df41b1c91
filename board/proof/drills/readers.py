"""Readers: the same one a hundred times, some that never read, and one flood over several processes."""

import socket
import threading
import time
from collections.abc import Callable

import psutil

from board.proof.drills.drill import Drill, until
from board.proof.drills.lab import Lab, Person

MIB = 1024 * 1024


class DoubleSubscribe(Drill):
    """A page that subscribes a hundred times over, then twenty tabs of one browser."""

    number, name = "D4", "double-subscribe"
    within = 5.0
    limits = {"stream_burst": 200}

    def run(self, lab: Lab) -> None:
        person, other = lab.people(2)
        began = time.monotonic()
        readers = [person.stream() for _ in range(120)]
        until(lambda: sum(not reader.ended.is_set() for reader in readers) <= 1, 10, "one stream is left")
        self.contained = time.monotonic() - began
        until(lambda: lab.gauge("streams") == 1, 5, "the gauge says one")  # it is told once a second
        self.bound("streams open", int(lab.gauge("streams")), equals=1)
        seqs = [other.add(f"Statement {number}")[1]["seq"] for number in range(5)]
        (left,) = [reader for reader in readers if not reader.ended.is_set()]
        until(lambda: len(left.of("change")) >= 5, 5, "the changes")
        time.sleep(0.3)
        self.bound("each change once, in order", [change["seq"] for change in left.of("change")], equals=seqs)
        told = sum(reader.of("bye")[-1:] == [{"reason": "replaced", "retry_ms": None}] for reader in readers)
        self.bound("the others were told they were replaced", told, equals=119)


class SlowReaders(Drill):
    """Twenty sockets that never read, while 64 MiB of events are meant for them."""

    number, name = "D6", "slow-readers"
    within = 10.0
    environment = {"LIMITS": "wide", "LADDER": "observe"}

    def run(self, lab: Lab) -> None:
        writer, *people = lab.people(5)
        fast = writer.stream()
        sockets = [_deaf(lab, person, number) for number, person in enumerate(people * 5)]
        until(lambda: lab.gauge("streams") == 21, 10, "twenty-one streams are open")
        worker = psutil.Process(lab.pids()[0])
        text = "x" * 3900
        for _ in range(20):
            writer.add(text)  # caches are warm before memory is compared
        base, highest, count = worker.memory_info().rss, 0, 0
        until_all = time.monotonic() + 60
        while count * len(text) * 20 < 64 * MIB and time.monotonic() < until_all:
            writer.add(text)
            count += 1
            if count % 20 == 0:
                highest = max(highest, worker.memory_info().rss)
        self.contained = until(
            lambda: lab.gauge("streams") <= 1, 30, "those who never read are cut", every=0.2
        )
        self.bound("bytes meant for them", count * len(text) * 20, at_least=64 * MIB)
        self.bound(
            "growth, MiB", (highest - base) / MIB, at_most=20 * 320 / 1024 * 1.1 + 12
        )  # 12: cards in caches
        until(lambda: len(fast.of("change")) >= count, 10, "the one who reads has everything")
        self.bound("the one who reads got all", len(fast.of("change")) >= count, equals=True)
        for sock in sockets:
            sock.close()


class Multiplication(Drill):
    """The same flood at one, two and four processes; at four the store of the limits is killed midway."""

    number, name, rule = "D10", "multiplication", "rate-limit"
    workers, within = 4, 2.0
    SECONDS = 6.0

    def run(self, lab: Lab) -> None:
        floods = [self._elsewhere(processes) for processes in (1, 2)]
        (person,) = lab.people(1)
        floods.append(_flood(person, self.SECONDS, lab.kill_store))
        totals = [total for total, _refused in floods]
        most = 40 + int((self.SECONDS + 1) / 0.1)
        for processes, total in zip((1, 2, 4), totals, strict=True):
            self.bound(f"let in with {processes} processes", total, at_most=most)
        self.bound("difference between them, %", (max(totals) - min(totals)) / max(totals) * 100, at_most=5.0)
        self.contained = max(refused for _total, refused in floods)

    def _elsewhere(self, processes: int) -> tuple[int, float]:
        with Lab(self.build, processes, self.environment, self.limits) as lab:
            return _flood(lab.people(1)[0], self.SECONDS, lambda: None)


def _flood(person: Person, seconds: float, midway: Callable[[], None]) -> tuple[int, float]:
    """How many writes were let in, and after how many seconds the first was refused."""
    admitted: list[int] = []
    refused: list[float] = []
    person.board()
    person.add("The first one says which zone")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            try:
                status, _made = person.add("One of a flood")
            except (OSError, ValueError):
                continue
            if status == 201:
                admitted.append(status)
            else:
                refused.append(time.monotonic() - began)

    began = time.monotonic()
    threads = [threading.Thread(target=write, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    midway()
    time.sleep(seconds / 2)
    stop.set()
    for thread in threads:
        thread.join(10)
    return len(admitted) + 1, min(refused, default=float("inf"))


def _deaf(lab: Lab, person: Person, number: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", lab.port))
    headers = person.headers(f"browser-deaf-{number}")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    sock.sendall(f"GET /boards/{person.slug}/stream/ HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    return sock
