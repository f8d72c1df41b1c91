"""A house for synthetic residents: accounts that nobody else can sign in to, and a board that nobody else sees."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from board.models import Board, Card, Membership, Role, User, Zone
from board.operations.boards import create_board
from board.operations.cards import create_card
from collaboration.models import Channel
from safeguards.identity import make_who
from safeguards.stages import RESIDENT

BACKEND = "django.contrib.auth.backends.ModelBackend"
LEFT_OVER = timedelta(hours=3)  # older than any that is lived in: its server was ended without a word
SIGNED_IN_SECONDS = 3 * 3600


class NameTaken(Exception):
    """Somebody can sign in with the user name of a resident: it is not theirs."""


class Tenant(NamedTuple):
    """One resident as their browser knows them, with the one card they edit."""

    slug: str
    username: str
    session: str
    who: str
    card: UUID
    version: int


def house_residents(count: int, name: str = RESIDENT) -> list[Tenant]:
    """They move into a new board; what earlier ones left over is gone. `name`: how their user names begin.

    Raises NameTaken."""
    people = [_account(f"{name}{number}") for number in range(1, count + 1)]
    for board in Board.objects.filter(created_by__in=people, created_at__lt=timezone.now() - LEFT_OVER):
        _demolish(board)
    board = create_board(people[0], uuid4(), _("Synthetic residents")).object
    Membership.objects.bulk_create(
        Membership(board=board, user=person, role=Role.PARTICIPANT) for person in people[1:]
    )
    zone = board.zones.get(purpose=Zone.Purpose.ACTIVE)
    return [_tenant(board, person, zone) for person in people]


def evict_residents(tenants: list[Tenant]) -> None:
    """Their board with all that was written there, and their sessions. Twice is as good as once."""
    for board in Board.objects.filter(slug__in={tenant.slug for tenant in tenants}):
        _demolish(board)
    for tenant in tenants:
        SessionStore(tenant.session).delete()


def _account(name: str) -> User:
    said = name.replace("-", " ").capitalize()
    person, is_new = User.objects.get_or_create(username=name, defaults={"display_name": said})
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    elif person.has_usable_password() or person.is_staff:
        raise NameTaken(name)
    return person


def _tenant(board: Board, person: User, zone: Zone) -> Tenant:
    text = _("Edited again and again, to see how long it takes.")
    card = create_card(board.slug, person, uuid4(), "fact", text, zone.uid).object
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(SIGNED_IN_SECONDS)
    session.create()
    key = str(session.session_key)
    return Tenant(board.slug, person.username, key, make_who(person.pk, key), card.uid, card.version)


def _demolish(board: Board) -> None:
    """The log is for people; of those who are none it would grow by thousands of lines a day."""
    with transaction.atomic():
        channel = board.channel
        Card.objects.filter(board=board).delete()  # they protect their zones
        board.delete()
        Channel.objects.filter(name=channel).delete()
