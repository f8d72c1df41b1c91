"""A breaker whose clock is held by hand, in each of its states."""

from safeguards.kernel.circuit_breaker import CircuitBreaker, State


class Held(CircuitBreaker):
    def __init__(self, **more: float) -> None:
        self.at = 1000.0
        super().__init__(lambda: self.at, **more)


def call(breaker: Held, good: bool, key: str = "a") -> bool:
    if not breaker.attempt(key).allowed:
        return False
    (breaker.succeeded if good else breaker.failed)(key)
    return True


def opened() -> Held:
    breaker = Held()
    assert breaker.trip("loop")
    return breaker


def half_open() -> Held:
    breaker = opened()
    breaker.at += 30
    assert breaker.ask().allowed
    assert breaker.state is State.HALF_OPEN
    return breaker
