"""What a stream's person gets and shows follows flags, roles and wishes while it is open."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoAssertNumQueries

from board import standings
from board.keeping import refused
from board.models import Membership, Role, User
from board.standings import standing
from collaboration.authority import Standing
from collaboration.stream import Ticket
from safeguards import flags, kill, rollout
from tests.board.test_authority import by_session
from tests.support.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
EVERYTHING = Standing(presence=True, cursors=True, shown=True)


@pytest.fixture(autouse=True)
def everybody_has_it() -> Iterator[None]:
    standings.remember({})
    for feature in ("live_presence", "live_cursors"):
        rollout.everyone(feature, actor="t", reason="t")
    yield
    standings.remember({})
    flags.forget()


def checked(ticket: Ticket) -> Standing:
    refused([ticket])
    return standing(ticket)


def test_a_role_and_a_wish_are_followed_while_the_stream_is_open(cast: Cast) -> None:
    ticket = by_session(cast, cast.participant)
    assert checked(ticket) == EVERYTHING
    Membership.objects.filter(user=cast.participant).update(role=Role.OBSERVER)
    assert checked(ticket).shown is False
    Membership.objects.filter(user=cast.participant).update(role=Role.PARTICIPANT)
    User.objects.filter(pk=cast.participant.pk).update(shows_presence=False)
    assert checked(ticket).shown is False
    User.objects.filter(pk=cast.participant.pk).update(shows_presence=True)
    assert checked(ticket) == EVERYTHING


def test_an_observer_is_never_shown(cast: Cast) -> None:
    assert checked(by_session(cast, cast.observer)) == Standing(presence=True, cursors=True, shown=False)


def test_each_flag_by_itself_and_the_kill_switch_for_all(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ticket = by_session(cast, cast.participant)
    rollout.off("live_cursors", actor="t")
    assert checked(ticket) == Standing(presence=True, cursors=False, shown=True)
    rollout.off("live_presence", actor="t")
    assert checked(ticket) == Standing(shown=True)
    rollout.everyone("live_presence", actor="t", reason="t")
    kill.on("test", "t")
    try:
        assert checked(ticket) == Standing(shown=True)
    finally:
        kill.off("test", "t")
    with django_assert_num_queries(0):
        standing(ticket)
