"""Demo people and their conversation: what a visitor sees first. Entered only with DEMO=1."""

from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.live import CURSORS, FEATURE, PRESENCE
from board.models import Board, Card, User, Zone
from board.operations import (
    add_link,
    add_member,
    add_reaction,
    add_reply,
    create_board,
    create_card,
    create_session,
    edit_card,
    move_card,
    park_card,
    resolve_card,
)
from safeguards import rollout

PEOPLE = [
    # username, name, colour, role, admin, live
    ("demo-facilitator", "Mona Okafor", "rose", "owner", False, True),
    ("demo-participant", "Jonas Tamm", "green", "participant", False, True),
    ("demo-observer", "Aiko Kimura", "blue", "observer", False, True),
    ("demo-admin", "Pia Lindqvist", "violet", "facilitator", True, True),
    ("demo-tester", "Samir Haddad", "amber", "participant", False, False),
]
DEMO_PEOPLE = [
    (
        "demo-facilitator",
        gettext_lazy("Enter as facilitator"),
        gettext_lazy("Runs the conversation: zones, sessions, people"),
    ),
    ("demo-participant", gettext_lazy("Enter as participant"), gettext_lazy("Adds, edits and moves cards")),
    ("demo-observer", gettext_lazy("Enter as observer"), gettext_lazy("Reads along, changes nothing")),
    (
        "demo-admin",
        gettext_lazy("Enter as admin"),
        gettext_lazy("Also switches features on and off in Django admin"),
    ),
    (
        "demo-tester",
        gettext_lazy("Enter as tester-to-be"),
        gettext_lazy("The same board as a plain page, not live yet"),
    ),
]
CARDS = [
    # author, kind, zone, text
    (0, "topic", "active", "What did customers see between 14:02 and 14:40?"),
    (1, "question", "active", "Did we lose orders?"),
    (0, "topic", "active", "Status page wording"),
    (3, "question", "unresolved", "Why did the alert page nobody for six minutes?"),
    (1, "question", "active", "Was the connection pool changed on Thursday?"),
    (3, "claim", "active", "The deploy exhausted the connection pool."),
    (1, "fact", "active", "Pool waits rose from 4 ms to 2.1 s at 14:01, one minute after the deploy."),
    (0, "guess", "active", "Retries from the mobile app doubled the load."),
    (4, "opinion", "active", "We should have rolled back at the first alert instead of debugging live."),
    (4, "fact", "active", "The rollback at 14:38 brought waits back to 5 ms within `90 s`."),
    (0, "topic", "active", "Who owns the retry policy?"),
    (3, "opinion", "active", "On-call needs a second pair of eyes on Fridays."),
]
# Numbers of cards, and indexes of people.
OUTCOMES = [
    (2, 1, "answer", "No: 212 were queued and replayed by 15:20."),
    (3, 0, "decision", "Publish within 10 minutes, even when unsure."),
]
PARKED = [(11, 0, "needs a person", "2031-05-24"), (12, 3, "off topic", None)]
LINKS = [(7, 6, "supports", 1), (10, 6, "supports", 4), (8, 6, "refutes", 0), (7, 5, "answers", 1)]
REACTIONS = [(9, 0, "agree"), (9, 1, "agree"), (9, 3, "agree"), (6, 4, "source"), (8, 1, "unclear")]
REPLIES = [
    (1, 1, "Checkout hung after *Pay*; about one in five got through on the second try."),
    (1, 3, "Support has 41 tickets. @demo-facilitator, shall I attach the list?"),
    (1, 0, "Yes please, names left out."),
    (6, 4, "The graph starts a minute after the deploy, so I would call it likely, not certain."),
]


def make() -> str:
    """Idempotent: everything has a request id derived from what it is."""
    people = [_person(*row) for row in PEOPLE]
    host = people[0]
    if Board.objects.filter(created_by=host, created_mid=_mid("board")).exists():
        return _("The demo data is there already.")
    board: Board = create_board(host, _mid("board"), _("Checkout outage, Friday")).object
    for person, row in zip(people[1:], PEOPLE[1:], strict=True):
        add_member(board.slug, host, _mid(f"member {row[0]}"), person.username, row[3])
    create_session(board.slug, host, _mid("session"), _("Incident review"), start=True)
    _converse(board, people)
    return _("The demo data is ready.")


def enter(who: str) -> User | None:
    known = {row[0] for row in PEOPLE}
    return User.objects.filter(username=who).first() if who in known else None


def _converse(board: Board, people: list[User]) -> None:
    zones = {zone.purpose: zone for zone in board.zones.all()}
    active: Zone = zones["active"]
    for number, (author, kind, purpose, text) in enumerate(CARDS, start=1):
        by = people[author]
        card: Card = create_card(board.slug, by, _mid(f"card {number}"), kind, text, active.uid).object
        if purpose != "active":
            move_card(card.uid, by, _mid(f"move {number}"), zones[purpose].uid, None, card.version)
    _talk(board, people)
    asked = board.cards.get(number=4)
    edit_card(asked.uid, people[0], _mid("assign"), {"assignee": people[3].username}, asked.version)


def _talk(board: Board, people: list[User]) -> None:
    cards = {card.number: card.uid for card in board.cards.all()}
    for number, by, kind, statement in OUTCOMES:
        resolve_card(cards[number], people[by], _mid(f"resolve {number}"), kind, statement)
    for number, by, reason, until in PARKED:
        park_card(cards[number], people[by], _mid(f"park {number}"), reason, until)
    for number, to, relation, by in LINKS:
        add_link(cards[number], people[by], _mid(f"link {number} {to}"), cards[to], relation)
    for number, by, key in REACTIONS:
        add_reaction(cards[number], people[by], _mid(f"react {number} {by} {key}"), key)
    for at, (number, by, text) in enumerate(REPLIES):
        add_reply(cards[number], people[by], _mid(f"reply {at}"), text)


def _person(username: str, name: str, colour: str, _role: str, is_admin: bool, live: bool) -> User:
    person, created = User.objects.get_or_create(
        username=username,
        defaults={"display_name": name, "colour": colour, "is_staff": is_admin, "is_superuser": is_admin},
    )
    if created:
        person.set_unusable_password()
        person.save()
        for feature in (FEATURE, PRESENCE, CURSORS) if live else ():
            rollout.add(feature, username, actor="demo", reason="demo data")
    return person


def _mid(what: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://parley.example/demo/{what}")
