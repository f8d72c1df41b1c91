"""One synthetic resident: reads a board and edits a card, and hears whether that was possible."""

from uuid import uuid4

from board.operations.residents import Tenant
from board.residents.visitor import Visitor

MOVED = 301  # to https: a session that is gone is sent to the sign-in with 302


class NotLetIn(Exception):
    """Turned away by name: their session or their board is gone, which says nothing about how the server is."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.trouble = "https" if status == MOVED else "turned-away"


class Resident:
    """No cause is named: a gesture of theirs would count as one of people's, and make R look smaller."""

    def __init__(self, address: tuple[str, int], tenant: Tenant) -> None:
        self._visitor = Visitor(address, tenant)

    def read(self) -> bool:
        """The plain page; whether it came. Raises NotLetIn."""
        return came(self._visitor.read({"Sec-Fetch-Dest": "document"}))

    def write(self) -> bool:
        """The text of their card anew; whether it was taken. Raises NotLetIn."""
        return came(self._visitor.edit(f"Edited in turn {uuid4()}", {})[0])


def came(status: int) -> bool:
    """429 and 503 are the limits' own words, but those who did nothing wrong must not hear them. Raises NotLetIn."""
    if 300 <= status < 500 and status != 429:
        raise NotLetIn(status)
    return 200 <= status < 300
