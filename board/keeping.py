"""Whether open streams may go on: in memory each second, and with one query of all together now and then."""

from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from board import standings
from board.models import ApiToken, Membership, Role
from collaboration.stream import Ticket
from safeguards import admission


def keep(ticket: Ticket) -> admission.Decision:
    return admission.keep_stream(ticket.feature, ticket.user.pk, ticket.key, ticket.browser)


def refused(tickets: list[Ticket]) -> dict[Ticket, str]:
    """Whose stream has to end: signed out, deactivated, token revoked, or no longer on the board. One query."""
    alive = _alive(tickets)
    standings.remember({_seat(ticket): _seat(ticket, "shown") in alive for ticket in tickets})
    return {ticket: "revoked" for ticket in tickets if not {_seat(ticket), ticket.credential} <= alive}


def _seat(ticket: Ticket, kind: str = "seat") -> str:
    return f"{kind}:{ticket.user.pk}:{ticket.channel.removeprefix('board-')}"


def _alive(tickets: list[Ticket]) -> set[str]:
    keys = {kind: set[str]() for kind in ("session", "token")}
    for ticket in tickets:
        kind, _colon, key = ticket.credential.partition(":")
        keys[kind].add(key)
    seats = Membership.objects.filter(
        user_id__in={ticket.user.pk for ticket in tickets},
        user__is_active=True,
        board__slug__in={ticket.channel.removeprefix("board-") for ticket in tickets},
    )
    sessions = Session.objects.filter(pk__in=keys["session"], expire_date__gt=timezone.now())
    tokens = ApiToken.objects.valid().filter(pk__in=keys["token"])
    seat = (Cast("user_id", TextField()), Value(":"), F("board__slug"))
    shown = seats.exclude(role=Role.OBSERVER).filter(user__shows_presence=True)
    rows = _named(seats, "seat:", *seat).union(
        _named(shown, "shown:", *seat),
        _named(sessions, "session:", F("session_key"), Value("")),
        _named(tokens, "token:", Cast("pk", TextField()), Value("")),
        all=True,
    )
    return set(rows)


def _named(rows: QuerySet[Any], kind: str, *parts: Any) -> QuerySet[Any, str]:
    return rows.order_by().values_list(Concat(Value(kind), *parts, output_field=TextField()), flat=True)
