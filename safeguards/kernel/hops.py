"""How long a chain of reactions may become: an event, a reaction to it, a reaction to that, and one more."""

from safeguards.kernel.decision import YES, Decision

MAX_HOPS = 3


def admit_hop(hop: int) -> Decision:
    """`hop`: how many reactions led here, this one included."""
    return YES if hop <= MAX_HOPS else Decision(False, "loop")
