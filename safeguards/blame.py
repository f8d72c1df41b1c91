"""Who is behind a loop: the few without whom it would be over."""

from safeguards import conf
from safeguards.causes import Causes, Without, levelled

RING = 5  # people who share a loop, and are put aside for it; more of them are everybody


def blamed(counted: Causes, is_aside: Without) -> list[str] | None:
    """Nobody when they are so many that it is the feature's fault; None where it runs in another process."""
    _causes, own = counted.own(is_aside)
    peers = counted.peers
    fair = (own + peers.caused) / (3 * peers.processes)  # a loop over all of them is in each
    if own <= fair:
        return None
    people: dict[str, int] = {}
    for (person, browser, _what), count in counted.top(10_000):
        if not is_aside(person, browser):
            people[person] = people.get(person, 0) + count
    return [person for person, count in people.items() if count > fair] or _ring(counted, is_aside, people)


def _ring(counted: Causes, is_aside: Without, people: dict[str, int]) -> list[str]:
    """The fewest without whom it would be over here."""
    chosen: list[str] = []
    for person in sorted(people, key=people.__getitem__, reverse=True)[:RING]:
        chosen.append(person)
        count, caused = counted.own(lambda one, tab: one in chosen or is_aside(one, tab))
        if levelled(caused / max(count, 1), count) < conf.number("r_trip"):
            return chosen
    return []
