"""The fixed cast: an owner, a facilitator, a participant, an observer, and a stranger."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from board.models import Board, Card, Membership, User, Zone
from board.operations import create_board, create_card


@dataclass
class Cast:
    owner: User
    facilitator: User
    participant: User
    observer: User
    stranger: User
    board: Board

    def zone(self, purpose: str = "active") -> Zone:
        return self.board.zones.get(purpose=purpose)

    def card(
        self, body: str = "What did people see?", kind: str = "question", by: User | None = None
    ) -> Card:
        return create_card(
            self.board.slug, by or self.participant, uuid4(), kind, body, self.zone().uid
        ).object

    def named(self, role: str) -> User:
        return getattr(self, role)


def person(username: str) -> User:
    user = User(username=username, display_name=username.title())
    user.set_unusable_password()
    user.save()
    return user


def staff(cast: Cast, *permissions: str) -> Client:
    """The owner, who from now on belongs to the staff and may do what the code names say."""
    cast.owner.is_staff = True
    cast.owner.save()
    cast.owner.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(cast.owner)
    return client


def assemble() -> Cast:
    names = ("owner", "facilitator", "participant", "observer", "stranger")
    people = {name: person(name) for name in names}
    board = create_board(people["owner"], uuid4(), "Checkout outage").object
    for role in ("facilitator", "participant", "observer"):
        Membership.objects.create(board=board, user=people[role], role=role)
    return Cast(**people, board=board)


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def mid() -> UUID:
    return uuid4()
