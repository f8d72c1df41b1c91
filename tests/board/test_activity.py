from datetime import timedelta
from uuid import uuid4

from django.test import Client

from board import operations as do
from board.activity import PAGE, activity
from collaboration.models import CollaborationEvent
from tests.support.cast import Cast


def page_of(cast: Cast, query: str = "") -> str:
    client = Client()
    client.force_login(cast.observer)
    return client.get(f"/boards/{cast.board.slug}/activity/{query}").text


def test_the_log_is_told_in_words_newest_first_with_links(cast: Cast) -> None:
    card = cast.card("Why?")
    do.add_reply(card.uid, cast.owner, uuid4(), "Because.")
    page = page_of(cast)
    assert page.index("replied to #1") < page.index("added question #1")
    assert page.count(f"/cards/{card.uid}/") >= 2


def test_a_pause_of_twenty_minutes_begins_another_group(cast: Cast) -> None:
    cast.card("One")
    events = CollaborationEvent.objects.filter(channel__name=cast.board.channel)
    last = events.latest("seq")
    events.filter(pk=last.pk).update(at=last.at + timedelta(minutes=21))
    assert [len(group.entries) for group in activity(cast.board).groups] == [1, 1]


def test_a_session_is_one_group_however_long_it_rests(cast: Cast) -> None:
    session = do.create_session(cast.board.slug, cast.owner, uuid4(), "Review", start=True).object
    cast.card("One")
    cast.card("Two")
    events = CollaborationEvent.objects.filter(channel__name=cast.board.channel, session=session)
    last = events.latest("seq")
    events.filter(pk=last.pk).update(at=last.at + timedelta(hours=2))
    assert [group.session for group in activity(cast.board).groups][0] == session


def test_only_one_card_or_one_person(cast: Cast) -> None:
    one, other = cast.card("One"), cast.card("Two", by=cast.owner)
    do.move_cards(cast.board.slug, cast.facilitator, uuid4(), [one.uid, other.uid], cast.zone("parking").uid)
    do.add_link(other.uid, cast.owner, uuid4(), one.uid, "supports")
    about = [entry.words for group in activity(cast.board, card=one).groups for entry in group.entries]
    assert len(about) == 3 and not any("Two" in words for words in about)
    done = [
        entry.actor
        for group in activity(cast.board, person=cast.facilitator).groups
        for entry in group.entries
    ]
    assert done == ["Facilitator"]


def test_it_is_paged_without_a_gap(cast: Cast) -> None:
    for number in range(PAGE + 5):
        cast.card(str(number))
    first = activity(cast.board)
    second = activity(cast.board, before=first.older)
    assert sum(len(group.entries) for found in (first, second) for group in found.groups) == PAGE + 6
    assert second.older is None


def test_odd_questions_show_everything(cast: Cast) -> None:
    cast.card("One")
    for query in ("?before=x", "?card=7", "?person=%00", "?before=99999999999999999999"):
        assert "added question #1" in page_of(cast, query)
