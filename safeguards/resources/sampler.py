"""One thread that measures this process once a second, outside the event loop it watches."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable

import psutil

from safeguards import conf
from safeguards.resources import cgroup, container, gauges, own
from safeguards.resources.database import database
from safeguards.resources.steady import Steady

logger = logging.getLogger(__name__)
PING_SECONDS = 0.125  # how often the event loop is asked to answer
PINGS_PER_SAMPLE = 8  # so everything else is measured once a second
BLOCKED_SECONDS = 0.5  # without an answer: then its stack is worth having
STACK_FRAMES = 40
CPU_SAMPLES = 2  # CPU is judged over 2 s


class LoopLag:
    """How late an event loop answers, seen from another thread: also while it does not answer at all."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_at: float | None = None
        self._seen: deque[float] = deque(maxlen=PINGS_PER_SAMPLE)
        self._thread_id, self._looked_at = 0, 0.0
        self.blocker = ""  # the stack of the last block
        self.on_block: Callable[[str], None] = lambda stack: None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._loop, self._asked_at = loop, None
            self._seen.clear()

    def ping(self) -> None:
        if self._asked_at is not None or self._loop is None:
            self._look()
            return
        self._asked_at = asked_at = self.now()
        try:
            self._loop.call_soon_threadsafe(self._answered, asked_at)
        except RuntimeError:  # the loop is closed: nobody is there to be late
            self._loop = self._asked_at = None

    def worst_ms(self) -> float:
        """The latest answer of the last second, or how long one has been missing."""
        asked_at = self._asked_at
        missing = self.now() - asked_at if asked_at is not None else 0.0
        return max([missing, *list(self._seen)]) * 1000

    def _look(self) -> None:
        """Where the loop hangs: its stack, taken from here, once per silence."""
        asked_at, thread = self._asked_at, self._thread_id
        if asked_at is None or self._looked_at == asked_at or self.now() - asked_at < BLOCKED_SECONDS:
            return
        self._looked_at = asked_at
        frame = sys._current_frames().get(thread)
        if frame is not None:
            self.blocker = "".join(traceback.format_stack(frame)[-STACK_FRAMES:])
            self.on_block(self.blocker)

    def _answered(self, asked_at: float) -> None:
        self._thread_id = threading.get_ident()
        if asked_at == self._asked_at:
            self._seen.append(self.now() - asked_at)
            self._asked_at = None


class Sampler(Steady):
    """The one measuring thread of a process. It never waits for a database or a disk."""

    def __init__(self) -> None:
        super().__init__("sampler")
        self._process = psutil.Process()
        self._cpu: deque[tuple[float, float]] = deque(maxlen=CPU_SAMPLES + 1)
        self._memory = cgroup.memory_bytes()
        self._container = container.Container()
        self.lag = LoopLag()
        self.is_whole = False
        self.subscribe(self.measure)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Measure how late this loop answers."""
        self.lag.watch(loop)

    def begin(self) -> None:
        self._cpu.clear()
        self._process = psutil.Process()  # after a fork it is another one
        psutil.cpu_percent()  # the first answer means nothing: it measures since the last call

    def wait(self) -> bool:
        """A second of pings, and of what is looked at as often; whether the sampler shall end."""
        for _ping in range(PINGS_PER_SAMPLE):
            self._act(self._between)
            self.lag.ping()
            if self._stop.wait(PING_SECONDS):
                return True
        return False

    def measure(self) -> None:
        """Each figure by itself: one that cannot be had hides no other. `is_whole`: all could be had."""
        self.is_whole = True
        for look in (self._own, self._descriptors, self._host, self._of_container):
            try:
                look()
            except (OSError, psutil.Error) as error:
                self.is_whole = False
                logger.warning("A figure of this process could not be had: %s", error)
        gauges.report("loop_lag_ms", self.lag.worst_ms())
        database.report()
        gauges.settle()

    def _own(self) -> None:
        cpu, rss, threads = own.used()
        self._cpu.append((time.monotonic(), cpu))
        (since, before), (now, _used) = self._cpu[0], self._cpu[-1]
        gauges.report("cpu_cores", (cpu - before) / (now - since) if now > since else 0.0)
        gauges.report("rss_bytes", rss)
        fill = cgroup.fullest()
        together = fill.share if fill else 0.0  # two workers at half of the limit each have reached it
        gauges.report("container_memory_share", together)
        gauges.report("rss_share", max(rss / min(conf.number("rss_bytes"), self._memory), together))
        gauges.report("threads", threads)
        gauges.report("thread_share", threads / conf.number("threads"))

    def _descriptors(self) -> None:
        gauges.report("fd_share", 1.0)  # stays, when there is not even one left to count them with
        descriptors = self._process.num_fds()
        gauges.report("file_descriptors", descriptors)
        gauges.report("fd_share", descriptors / container.most_descriptors())

    def _host(self) -> None:
        host = psutil.cpu_percent() / 100
        gauges.report("host_cpu_share", host)
        busy = host * (psutil.cpu_count() or 1)
        own = gauges.value("cpu_cores") + gauges.value("peers_cores")  # all workers of this server
        gauges.report("own_share_of_host", min(1.0, own / busy) if busy else 1.0)

    def _of_container(self) -> None:
        quota = cgroup.cpu()
        gauges.report("cpu_limit_cores", quota.most if quota else cgroup.all_cores())
        gauges.report("has_quota", float(quota is not None))
        # Without counters of its own it is as busy as the host, which was asked just now: asked twice, it says nothing.
        shares = {"container_cpu_share": gauges.value("host_cpu_share"), **self._container.measure()}
        for name, value in shares.items():
            gauges.report(name, value)


sampler = Sampler()
chores = Steady("chores")  # what may have to wait, so that measuring never does
