"""The people of a log: accounts here with the same id, else people by name, without an account."""

import re
from collections.abc import Mapping
from uuid import UUID

from board.models import User

MARK = "+imported-"  # nobody who is here already gets a namesake, and nobody signs in with it
SOMEBODY = "somebody"
USERNAME = re.compile(r"[\w.@+-]{1,100}")


class People:
    """`told`: name and username by id, as a file tells them; else a person is called as in the event."""

    def __init__(self, told: Mapping[UUID, tuple[str, str]] | None = None) -> None:
        self._told = told or {}
        self._known: dict[UUID, User] = {}

    def get(self, person: tuple[UUID, str] | None) -> User | None:
        if person is None:
            return None
        uid, name = person
        if uid not in self._known:
            self._known[uid] = User.objects.filter(uid=uid).first() or self._named(uid, name)
        return self._known[uid]

    def _named(self, uid: UUID, name: str) -> User:
        name, username = self._told.get(uid, (name, ""))
        username = username if USERNAME.fullmatch(username) else SOMEBODY
        user = User(
            uid=uid,
            username=f"{username}{MARK}{uid.hex[:12]}",
            display_name=name[:120],
            kind=User.Kind.NAMED,
            is_active=False,
        )
        user.set_unusable_password()
        user.save(force_insert=True)
        return user


def username_of(user: User) -> str:
    """As where the person comes from."""
    return user.username.rpartition(MARK)[0] if user.kind == User.Kind.NAMED else user.username
