"""Keys that keep knocking after a refusal: a cheap answer alone does not contain them."""

from collections import OrderedDict
from collections.abc import Callable

from safeguards.kernel.rate_limit import KEYS, SECOND


class Hold:
    """Holds a key after `limit` refusals within `window` seconds, until it was quiet for as long."""

    def __init__(
        self, now_ns: Callable[[], int], limit: int = 20, window: float = 10.0, keys: int = KEYS
    ) -> None:
        self.now_ns, self.limit, self.keys = now_ns, limit, keys
        self.window = round(window * SECOND)
        self._refusals: OrderedDict[str, tuple[int, int]] = OrderedDict()  # key -> (since, how many)

    def refused(self, key: str) -> bool:
        """Count one refusal; whether the key is held from now on."""
        now = self.now_ns()
        since, count = self._refusals.pop(key, (now, 0))
        if now - since > self.window:
            since, count = now, 0
        count += 1
        # A held key is measured from its last knock: only quiet ends a hold.
        self._refusals[key] = (now if count > self.limit else since, count)
        if len(self._refusals) > self.keys:
            del self._refusals[next(iter(self._refusals))]
        return count > self.limit

    def is_held(self, key: str) -> bool:
        known = self._refusals.get(key)
        if known is None:
            return False
        since, count = known
        return count > self.limit and self.now_ns() - since <= self.window
