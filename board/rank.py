"""Places in an order as text: between two places there is always another, so a move writes one row.

Only 0-9 and a-z are used, so that every database's collation sorts like the code points do. A place starts
with eight digits of base 36; appending counts those up, and only inserting in between makes a place longer.
Midpoints follow "Implementing Fractional Indexing" by David Greenspan.
"""

import string

DIGITS = string.digits + string.ascii_lowercase
BASE = len(DIGITS)
HEAD = 8
STEP = BASE**3
START = BASE**HEAD // 2


def between(before: str | None, after: str | None) -> str:
    """A place after `before` and before `after`; None stands for the very start or end."""
    if after is None:
        head = _head(before) + STEP if before else START
        return _text(head) if head < BASE**HEAD else _above(before or "")
    if before is None and _head(after) > STEP:
        return _text(_head(after) - STEP)
    return _midpoint(before or "", after)


def spread(count: int) -> list[str]:
    """`count` places in ascending order."""
    return [_text(START + STEP * index) for index in range(count)]


def _head(place: str) -> int:
    return int(place[:HEAD].ljust(HEAD, DIGITS[0]), BASE)


def _text(number: int) -> str:
    digits = ""
    for _ in range(HEAD):
        number, digit = divmod(number, BASE)
        digits = DIGITS[digit] + digits
    return digits


def _digit(place: str) -> int:
    return DIGITS.index(place[0]) if place else 0


def _midpoint(low: str, high: str) -> str:
    shared = 0
    while shared < len(high) and low[shared : shared + 1].ljust(1, DIGITS[0]) == high[shared]:
        shared += 1
    if shared:
        return high[:shared] + _midpoint(low[shared:], high[shared:])
    first, last = _digit(low), _digit(high)
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high.rstrip(DIGITS[0])[1:]:  # "i" stands before "i05", but nothing stands between "i" and "i00"
        return high[0]
    return DIGITS[first] + _above(low[1:])


def _above(low: str) -> str:
    first = _digit(low)
    if first < BASE - 1:
        return DIGITS[(first + BASE) // 2]
    return DIGITS[first] + _above(low[1:])
