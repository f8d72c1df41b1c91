"""Who keeps an open stream: asked for all of them in one query."""

import secrets
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from board.keeping import refused
from board.models import ApiToken, Membership, User
from collaboration.stream import Ticket
from tests.support.cast import Cast

pytestmark = pytest.mark.django_db


def by_session(cast: Cast, user: User) -> Ticket:
    client = Client()
    client.force_login(user)
    return ticket(cast, user, f"session:{client.session.session_key}")


def by_token(cast: Cast, user: User) -> Ticket:
    token = ApiToken.objects.create(user=user, name="t", token_hash=secrets.token_hex(32))
    return ticket(cast, user, f"token:{token.pk}")


def ticket(cast: Cast, user: User, credential: str) -> Ticket:
    return Ticket(cast.board.channel, str(user.uid), user, credential, "", "live_board", False, "")


def test_one_query_for_all_streams(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tickets = [open(cast, user) for open in (by_session, by_token) for user in (cast.owner, cast.observer)]
    with django_assert_num_queries(1):
        assert refused(tickets) == {}


@pytest.mark.parametrize("open", [by_session, by_token])
@pytest.mark.parametrize("how", ["removed", "deactivated", "signed out", "expired"])
def test_revocation_ends_exactly_that_stream(cast: Cast, open: Any, how: str) -> None:
    theirs, mine = open(cast, cast.participant), open(cast, cast.owner)
    revoke(cast, theirs, how)
    expected = {} if (how, open) == ("expired", by_token) else {theirs: "revoked"}
    assert refused([theirs, mine]) == expected


def revoke(cast: Cast, theirs: Ticket, how: str) -> None:
    kind, _colon, key = theirs.credential.partition(":")
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects.filter(pk=key)
    if how == "removed":
        Membership.objects.filter(board=cast.board, user=cast.participant).delete()
    elif how == "deactivated":
        User.objects.filter(pk=cast.participant.pk).update(is_active=False)
    elif how == "expired":
        sessions.update(expire_date=timezone.now())
    elif kind == "token":
        ApiToken.objects.filter(pk=key).update(revoked_at=timezone.now())
    else:
        sessions.delete()
