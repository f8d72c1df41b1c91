"""Readers: the same one a hundred times over, and some that never read."""

import socket
import time
from collections import Counter

import psutil

from board.proof.containment import NEVER
from board.proof.drills.bar import AUDIT, COST, INCIDENTS, P99
from board.proof.drills.bounds import until, wait
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.drills.watch import Watch
from board.proof.people import Person
from board.proof.reader import Reader

MIB = 1024 * 1024
MOUNTS, TABS, WRITES = 100, 20, 3
DEAF = 20
WARM = 300  # events
EACH_KIB = 256 + 64  # a mailbox, and what the transport keeps
SOCKET_KIB = 128  # of the system's memory
EACH_MIB = 8  # of events
CUT_SECONDS = 10.0


class DoubleSubscribe(Drill):
    """A page that mounts a hundred times, then twenty tabs of one browser, then their leader is killed."""

    number, name, runbook = "D4", "double-subscribe", "too-many-open"
    proof = {"D4": ("streams open", "times a change is applied, at most")}
    within = 2.0
    limits = {"stream_burst": 200, "streams_burst": 200}
    excused = dict.fromkeys(
        (INCIDENTS, AUDIT), "no rule has to act: a stream that is opened again replaces its first"
    )

    def run(self, lab: Lab) -> None:
        person, other = lab.people(2)
        self.move_in(lab)
        mounted = [person.stream() for _ in range(MOUNTS)]
        tabs = [person.stream() for _ in range(TABS)]
        self.contained = wait(lambda: _open(mounted + tabs) == 1, 5)
        self.costs_little(lab.cores(2))
        epoch, seqs = (
            other.board()["epoch"],
            [other.add(f"While all are there {n}")[1]["seq"] for n in range(WRITES)],
        )
        wait(lambda: tabs[-1].seqs() == seqs, 5)
        tabs[-1].close()  # the leader; its browser goes on where it was
        seqs += [other.add(f"While none is there {n}")[1]["seq"] for n in range(WRITES)]
        tabs.append(person.stream(query=f"?since={epoch}-{seqs[WRITES - 1]}"))
        seqs += [other.add(f"While one is there {n}")[1]["seq"] for n in range(WRITES)]
        applied = _applied(mounted + tabs, len(seqs))
        self.bound("changes applied, in order", list(dict.fromkeys(applied)), equals=seqs)
        self.bound("times a change is applied, at most", max(Counter(applied).values(), default=0), equals=1)
        wait(lambda: lab.gauge("streams") == 1, 5)  # it is told once a second
        self.bound("streams open", int(lab.gauge("streams")), equals=1)
        told = [reader.of("bye")[-1:] for reader in mounted + tabs]
        count = told.count([{"reason": "replaced", "retry_ms": None}])
        self.bound("the others were told they were replaced", count, equals=MOUNTS + TABS - 1)


class SlowReaders(Drill):
    """Twenty sockets that never read, while 8 MiB of events are meant for each of them, 160 MiB for all.

    They share what they are sent: with less, nothing would grow much even if all of it were kept."""

    number, name, runbook = "D6", "slow-readers", "slow-readers"
    proof = {"D6": ("a stuck socket is cut after, s", "growth, MiB")}
    within = CUT_SECONDS
    environment = {"LIMITS": "wide", "LADDER": "observe"}
    excused = dict.fromkeys(
        (INCIDENTS, AUDIT), "a reader that is cut is no incident: each page resumes by itself"
    ) | {
        P99: "who writes so much without any limit makes the others wait, not who does not read",
        COST: "nothing goes on: a socket that is cut does not come back",
    }

    def run(self, lab: Lab) -> None:
        writer, *people = lab.people(5)
        self.move_in(lab, write=False)  # a page that grows beside them takes more memory than they may
        fast, text = writer.stream(), "x" * 3900
        for _ in range(WARM):
            writer.add(text)  # the ring and the database's caches are full before memory is compared
        sockets = [_deaf(person, number) for number, person in enumerate(people * (DEAF // len(people)))]
        until(lambda: lab.gauge("streams") == DEAF + 1, 10, "twenty-one streams are open")
        watch = Watch(lab.port, sockets)
        worker = psutil.Process(lab.pids()[0])
        base, highest, count = worker.memory_info().rss, 0, 0
        until_all = time.monotonic() + 90
        while count * len(text) < EACH_MIB * MIB and time.monotonic() < until_all:
            writer.add(text)
            count += 1
            if count % 20 == 0:
                highest = max(highest, worker.memory_info().rss)
        wait(watch.is_over, self.within + 4, every=0.2)
        watch.stop()
        self.bound("bytes meant for them", count * len(text) * DEAF, at_least=DEAF * EACH_MIB * MIB)
        self.bound("growth, MiB", (highest - base) / MIB, at_most=DEAF * EACH_KIB / 1024 * 1.1)
        if watch.can_see:
            self.contained = watch.longest()
            self.bound("a stuck socket is cut after, s", self.contained, at_most=self.within)
            self.bound("waits in one socket, KiB", watch.most / 1024, at_most=SOCKET_KIB)
        else:
            self.not_run.append("when a socket is stuck: needs /proc/net/tcp")
            self.contained = 0.0 if wait(lambda: lab.gauge("streams") <= 1, 15) < NEVER else NEVER
        wait(lambda: len(fast.of("change")) >= WARM + count, 10)
        self.bound("the one who reads got all", len(fast.of("change")) == WARM + count, equals=True)
        for sock in sockets:
            sock.close()


def _open(readers: list[Reader]) -> int:
    return sum(not reader.ended.is_set() for reader in readers)


def _applied(readers: list[Reader], count: int) -> list[int]:
    """What one browser applied, as its tabs share what any of them reads."""
    wait(lambda: sum(len(reader.of("change")) for reader in readers) >= count, 5)
    time.sleep(0.3)  # what would come twice has come by now
    return [seq for reader in readers for seq in reader.seqs()]


def _deaf(person: Person, number: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", person.port))
    headers = person.headers(f"browser-deaf-{number}")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    sock.sendall(f"GET /boards/{person.slug}/stream/ HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    return sock
