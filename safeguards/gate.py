"""How many requests are inside Django at once: each of them holds a thread and a database connection."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

from safeguards import conf
from safeguards.identity import is_proven

Turn = asyncio.Future[bool]  # what it ends with says whether its caller is inside
# Of one key: places inside, 0 for no share of its own, and how many wait.
Share = Callable[[str], tuple[int, int]]
KEPT_BYTES = 4 * 1024 * 1024  # an answer up to this size leaves the gate before its reader has read it


def of_everybody(_key: str) -> tuple[int, int]:
    """One queue in order of arrival."""
    return 0, 0


def of_one(key: str) -> tuple[int, int]:
    """Behind one address there may be several people: it has a little more than a person."""
    if not conf.limit("inside_per_key"):
        return of_everybody(key)
    whose = "key" if is_proven(key) else "address"
    return conf.limit(f"inside_per_{whose}"), conf.limit(f"queue_per_{whose}")


def of_one_signing_in(_key: str) -> tuple[int, int]:
    return conf.limit("sign_ins_per_address"), conf.limit("sign_in_queue_per_address")


def of_one_reading(_key: str) -> tuple[int, int]:
    return 1, conf.limit("long_queue_per_key")


def rest(name: str, leave: Callable[[], None], since: float) -> None:
    """Leaves a place `name`_rest times as long after its end as it took: one after the other, what computes would look
    like a worker that spins to whoever judges it. `since`: when it began, on the monotonic clock."""
    took = time.monotonic() - since
    seconds = min(took * conf.number(f"{name}_rest"), conf.number(f"{name}_rest_seconds"))
    if seconds:
        asyncio.get_running_loop().call_later(seconds, leave)
    else:
        leave()


class Line:
    """Those of one kind. Keys take turns, whatever waits of each; of one key, who came first is first."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self.inside: Counter[str] = Counter()
        self.queues: dict[str, deque[Turn]] = {}

    def __len__(self) -> int:
        return sum(map(len, self.queues.values()))

    def has_room(self, key: str) -> bool:
        return not key or self.inside[key] < self._share(key)[0]

    def is_full(self, key: str) -> bool:
        return bool(key) and self.waiting(key) >= self._share(key)[1]

    def waiting(self, key: str) -> int:
        return len(self.queues.get(key, ()))

    def enter(self, key: str) -> None:
        self.inside[key] += 1

    def leave(self, key: str) -> None:
        self.inside[key] -= 1
        if not self.inside[key]:
            del self.inside[key]

    def wait(self, key: str) -> Turn:
        turn: Turn = asyncio.get_running_loop().create_future()
        self.queues.setdefault(key, deque()).append(turn)
        return turn

    def give_up(self, key: str, turn: Turn) -> None:
        self.queues[key].remove(turn)
        self._forget(key)

    def call(self) -> bool:
        """The first of the key whose turn it is; whether there was one."""
        key = next(filter(self.has_room, self.queues), None)
        if key is None:
            return False
        queue = self.queues.pop(key)
        turn = queue.popleft()
        if queue:
            self.queues[key] = queue  # behind the other keys
        self.enter(key)
        turn.set_result(True)
        return True

    def send_one_away(self, fewest: int = 0) -> bool:
        """The last of the key of which most wait, if these are more than `fewest`."""
        key = max(reversed(self.queues), key=self.waiting, default="")
        if self.waiting(key) <= fewest:
            return False
        self.queues[key].pop().set_result(False)
        self._forget(key)
        return True

    def _forget(self, key: str) -> None:
        if not self.queues[key]:
            del self.queues[key]


class Gate:
    """`inside` at a time, a short queue, and a limit on waiting there.

    No key has more than its share of places, and places that get free go round the keys: whoever sends many requests
    waits behind themselves. What people do goes before what programs send on their own. Those have a few places only,
    and when the queue is full the last of them makes room, then the last of whoever waits most often."""

    def __init__(self, inside: str, queue: str, wait: str, share: Share = of_everybody) -> None:
        """The names of its three limits, and what one key has of it."""
        self.name = inside
        self._limits = inside, queue, wait
        self._share = share
        self._inside = self._programs_inside = 0
        self._people, self._programs = Line(share), Line(share)

    @property
    def waiting(self) -> int:
        return len(self._people) + len(self._programs)

    async def enter(self, key: str = "", *, by_program: bool = False) -> bool:
        """Whether the caller is inside now, and has to `leave` as what it came."""
        key, line = self._known(key), self._line(by_program)
        if self._has_room(by_program) and line.has_room(key) and not line.waiting(key):
            self._count(by_program)
            line.enter(key)
            return True
        if line.is_full(key) or (self._is_full() and not self._make_room(key, line)):
            return False
        return await self._wait(key, by_program)

    def leave(self, key: str = "", *, by_program: bool = False) -> None:
        """A place is handed to whoever's turn it is: nobody who comes later can take it."""
        self._inside -= 1
        self._programs_inside -= by_program
        self._line(by_program).leave(self._known(key))
        for program in (False, True):
            if self._has_room(program) and self._line(program).call():
                self._count(program)

    def _known(self, key: str) -> str:
        return key if key and self._share(key)[0] else ""

    def _line(self, by_program: bool) -> Line:
        return self._programs if by_program else self._people

    def _count(self, by_program: bool) -> None:
        self._inside += 1
        self._programs_inside += by_program

    def _has_room(self, by_program: bool) -> bool:
        free = self._inside < conf.limit(self._limits[0])
        return free and not (by_program and self._programs_inside >= conf.limit("inside_programs"))

    def _is_full(self) -> bool:
        return self.waiting >= conf.limit(self._limits[1])

    def _make_room(self, key: str, line: Line) -> bool:
        """For a person a program leaves; else who waits more often than this key would."""
        by_person = line is self._people and self._programs.send_one_away()
        return by_person or line.send_one_away(line.waiting(key) + 1)

    async def _wait(self, key: str, by_program: bool) -> bool:
        line = self._line(by_program)
        turn = line.wait(key)
        try:
            await asyncio.wait([turn], timeout=conf.number(self._limits[2]))
        except asyncio.CancelledError:
            if not turn.done():
                line.give_up(key, turn)
            elif turn.result():
                self.leave(key, by_program=by_program)
            raise
        if not turn.done():
            line.give_up(key, turn)
            return False
        return turn.result()


class Kept:
    """An answer held until the gate is left, so that slow readers do not keep others out.

    `outgrow`: awaited once before one that is longer goes out as its reader takes it; nothing of it is out yet.
    `tell` hears before each piece how many bytes of it are sent now, and how many later."""

    def __init__(
        self,
        send: Any,
        outgrow: Callable[[], Awaitable[None]],
        tell: Callable[[int, int], None] = lambda now, later: None,
    ) -> None:
        self._send, self._outgrow, self._tell, self._messages = send, outgrow, tell, deque[Any]()
        self._is_long = False
        self._made = self._left = 0  # bytes

    async def send(self, message: Any) -> None:
        self._messages.append(message)
        self._made += _size(message)
        self._left += _size(message)
        if self._made > KEPT_BYTES:
            if not self._is_long:
                await self._outgrow()
                self._is_long = True
            await self.release()

    async def release(self) -> None:
        try:
            while self._messages:
                message = self._messages.popleft()
                self._left -= _size(message)
                self._tell(_size(message), self._left)
                await self._send(message)
        finally:
            self._tell(0, 0)


def _size(message: Any) -> int:
    return len(message.get("body", b""))
