"""Parent of the worker processes: starts them on one socket, renews their lease, and ends what runs away.

It knows no views, no streams and no bus: it has to work when all of those do not."""

import logging
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from safeguards import deaths, status
from safeguards.crowding import Crowd
from safeguards.ending import Ending
from safeguards.judging import Judge, Rules, Seen
from safeguards.kill_times import KillClock
from safeguards.reporting import Note, Record, Report, Word
from safeguards.restarts import Restarts
from safeguards.supervised import Supervised

logger = logging.getLogger(__name__)
SAMPLE_SECONDS = 0.5
LEASE_SECONDS = 0.25  # a change is told at once
POLL_SECONDS = 0.1
GAP_SECONDS = 1.0  # between two turns: then this process itself was stopped, or the machine slept


class Supervisor:
    """`entry`: what a worker runs, as "module:function"; `sock`: the one listening socket they share.

    `word` is asked on every turn and must not wait; `record` writes down what was done, under the rule's name;
    `note` gets all workers' status each second. Neither waits."""

    def __init__(
        self,
        entry: str,
        sock: socket.socket,
        workers: int,
        folder: Path,
        *,
        rules: Rules | None = None,
        word: Callable[[], Word] | None = None,
        record: Record | None = None,
        note: Note | None = None,
    ) -> None:
        self.entry, self.sock, self.count, self.folder = entry, sock, workers, folder
        self.rules, self.word = rules or Rules(), word
        self.record: Record = record or (lambda rule, evidence: None)
        self.workers: list[Supervised] = []
        self.crowd = Crowd(self.rules.rss_share)
        self._restarts = Restarts(self.rules, time.monotonic)
        self._judges: dict[Supervised, Judge] = {}
        self._endings: dict[Supervised, Ending] = {}
        self._blind: set[Supervised] = set()
        self._spared: set[Supervised] = set()
        self._start_at = [(0.0, 0.0)] * workers  # when, and how long without live
        self._sampled_at = self._leased_at = 0.0
        self._said: Word = (None, None)
        self._turned_at = time.monotonic()
        self._report = Report(folder, self.record, note or (lambda rows: None))
        self._stopping = False
        self._kill_clock = KillClock(folder)
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then everybody says goodbye and is gone."""
        self._watch_signals()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            while not self._stopping:
                self._start_due()
                self._listen()
                self._notice_gap()
                self._lease()
                self._kill_clock.look(self._said[1], [worker.gauges for worker in self.workers])
                self._judge()
                self._replace_dead()
                self._tell()
        finally:
            self._end()

    def _watch_signals(self) -> None:
        waking, awake = os.pipe()  # a signal ends the waiting at once
        for end in (waking, awake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(awake)
        self._selector.register(waking, selectors.EVENT_READ)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start_due(self) -> None:
        now = time.monotonic()
        for at, rest in [due for due in self._start_at if due[0] <= now]:
            self._start_at.remove((at, rest))
            self._start(rest)

    def _start(self, rest: float) -> None:
        try:
            worker = Supervised(self.entry, self.sock.fileno(), rest, self.count)
        except OSError:
            logger.exception("A worker could not be started.")
            self._start_at.append((time.monotonic() + self._restarts.delay(), rest))
            return
        self._selector.register(worker.heart, selectors.EVENT_READ, worker)
        self.adopt(worker)
        self._say(worker)

    def adopt(self, worker: Supervised) -> None:
        """From now on it is judged."""
        self.workers.append(worker)
        self._judges[worker] = Judge(self.rules, time.monotonic)

    def _listen(self) -> None:
        for key, _mask in self._selector.select(POLL_SECONDS):
            worker: Supervised | None = key.data
            if worker is None:
                os.read(key.fd, 64)
            elif not worker.hear():
                self._selector.unregister(worker.heart)

    def _notice_gap(self) -> None:
        before, self._turned_at = self._turned_at, time.monotonic()
        gap = self._turned_at - before
        if gap < GAP_SECONDS:
            return
        logger.warning(
            "The supervisor was stopped for %.1f s; it forgets what it was about to conclude.", gap
        )
        for worker in self.workers:
            worker.beat_at = self._turned_at
            self._judges[worker].forget()
        self.crowd.forget()
        for ending in self._endings.values():
            ending.put_off(gap)

    def _lease(self) -> None:
        if self.word is None:
            return
        said, now = self.word(), time.monotonic()
        if said[1] == self._said[1] and now - self._leased_at < LEASE_SECONDS:
            return
        self._said, self._leased_at = said, now
        for worker in self.workers:
            self._say(worker)

    def _say(self, worker: Supervised) -> None:
        if self.word is not None:
            known_at, killed = self.word()
            cores = sum(other.cores for other in self.workers if other is not worker)
            known_at = self._report.vouched(known_at)
            said = {"known_at": known_at, "killed": killed, "peers": self._peers(worker)}
            tested = {
                other.process.pid: other.loud.get("tested", {})
                for other in self.workers
                if other is not worker
            }
            worker.tell(said | {"peers_cores": round(cores, 3), "tested": tested})

    def _peers(self, worker: Supervised) -> list[int]:
        """What the others count of causes and of requests caused, and how many processes there are."""
        others = [other.gauges for other in self.workers if other is not worker]
        sums = [sum(int(told.get(name, 0)) for told in others) for name in ("own_causes", "own_caused")]
        return [*sums, len(others) + 1]

    def _judge(self) -> None:
        now = time.monotonic()
        if now - self._sampled_at >= SAMPLE_SECONDS:
            self._sampled_at = now
            for worker in self.workers:
                worker.sample()
                self._look(worker, _seen(worker), conclude=True)
            if fullest := self.crowd.look(self.workers, is_ending=bool(self._endings)):
                self._recycle(fullest, "memory", _seen(fullest), " for all: together they fill the memory")
        else:
            for worker in self.workers:
                self._look(worker, _seen(worker), conclude=False)
        for worker in self.workers:
            worker.insist_on_stacks()
        for ending in self._endings.values():
            ending.step()

    def _look(self, worker: Supervised, seen: Seen, *, conclude: bool) -> None:
        judge = self._judges[worker]
        if worker.gauges.get("safeguard_blind") and worker not in self._blind:
            self._blind.add(worker)
            self._write_down(worker, "safeguard-blind", seen, "live is off: nobody measures this worker")
        if judge.wants_stacks(seen):
            worker.ask_stacks()
            self._write_down(worker, "blocked-loop", seen, "stacks taken")
        if not conclude or worker in self._endings:
            return
        rule = judge.look(seen)
        worker.left_alone = rule if self._restarts.spares(rule, worker.rest, seen.age) else ""
        if worker.left_alone:
            self._spare(worker, rule, seen)
        elif rule:
            judge.forget()
            self._recycle(worker, rule, seen)

    def _spare(self, worker: Supervised, rule: str, seen: Seen) -> None:
        """Said once: however often it was started again, it came to this."""
        if worker not in self._spared:
            self._spared.add(worker)
            self._write_down(worker, rule, seen, "left alone without live: it was started again too often")

    def _recycle(self, worker: Supervised, rule: str, seen: Seen, why: str = "") -> None:
        did = "recycled" if self.rules.acts else "LADDER=observe: left alone"
        self._write_down(worker, rule, seen, did + why)
        if self.rules.acts:
            worker.ask_stacks()
            self._endings[worker] = Ending(worker, rule, self.rules)

    def _write_down(self, worker: Supervised, rule: str, seen: Seen, did: str) -> None:
        logger.warning("Worker %s: %s, %s (%s).", worker.process.pid, rule, did, seen)
        evidence = {"worker": worker.process.pid, "did": did, "cores": round(seen.cores, 2)}
        evidence |= {"rss_bytes": seen.rss, "silent_s": round(seen.silent, 2), "level": seen.level}
        self.record(rule, evidence)

    def _replace_dead(self) -> None:
        for worker in [worker for worker in self.workers if worker.is_dead()]:
            ending = self._endings.pop(worker, None)
            delay = self._restarts.delay()
            rest = self._restarts.rest(recycled=ending is not None)
            self._start_at.append((time.monotonic() + delay, rest))
            logger.warning(
                "Worker %s ended (%s)%s; another one starts in %g s.",
                worker.process.pid,
                worker.process.returncode,
                f" for {ending.rule}" if ending else "",
                delay,
            )
            if not self._stopping:
                deaths.write_down(worker, ending.rule if ending else "", self.record)
            self._bury(worker)

    def _bury(self, worker: Supervised) -> None:
        self.workers.remove(worker)
        self._judges.pop(worker, None)
        self._blind.discard(worker)
        self._spared.discard(worker)
        if worker.heart in self._selector.get_map():
            self._selector.unregister(worker.heart)
        worker.close()

    def _tell(self) -> None:
        if not self._report.is_due():
            return
        self._report.tell(self.workers, self._restarts.count, self._said)
        for worker in self.workers:
            stacks = worker.read_stacks()
            if stacks and worker not in self._endings:
                self.record("blocked-loop", {"worker": worker.process.pid, "stacks": stacks})
                worker.forget_stacks()

    def _end(self) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.rules.term
        for worker in list(self.workers):
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.signal(signal.SIGKILL)
                worker.process.wait()
            self._bury(worker)
        status.clear(self.folder)


def _seen(worker: Supervised) -> Seen:
    level = worker.gauges.get("ladder_level", 0)
    return Seen(
        worker.cores,
        worker.rss,
        worker.silent_seconds(),
        int(level) if isinstance(level, int | float) else 0,
        worker.has_beaten,
        time.monotonic() - worker.started,
    )
