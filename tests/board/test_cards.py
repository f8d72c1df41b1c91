from uuid import uuid4

import pytest

from board.models import Card
from board.operations import create_card, delete_card, edit_card, move_card, restore_card
from board.operations.errors import Archived, Conflict, Forbidden, Invalid, KeyReused, NotFound
from collaboration.context import RequestContext, acting
from collaboration.models import CollaborationEvent
from tests.support.cast import Cast


def last_event(cast: Cast) -> CollaborationEvent:
    return CollaborationEvent.objects.filter(channel__name=cast.board.channel).latest("seq")


def test_a_new_card_stands_at_the_end_with_the_next_number(cast: Cast) -> None:
    first, second = cast.card("one"), cast.card("two")
    assert (first.number, second.number) == (1, 2)
    assert first.rank < second.rank
    assert last_event(cast).data["card"]["body"] == "two"


def test_an_accusation_is_stored_as_a_claim(cast: Cast) -> None:
    assert cast.card("It was you", kind="accusation").kind == "claim"


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001, "nul \x00", "half \ud800"])
def test_a_body_that_cannot_be_kept_is_refused_with_a_sentence(cast: Cast, body: str) -> None:
    with pytest.raises(Invalid) as refused:
        cast.card(body)
    assert refused.value.detail.endswith(".")
    assert not Card.objects.exists()


def test_a_repeat_is_carried_out_once(cast: Cast) -> None:
    mid = uuid4()
    args = (cast.board.slug, cast.participant, mid, "fact", "Once", cast.zone().uid)
    first, second = create_card(*args), create_card(*args)
    assert Card.objects.count() == 1
    assert second.dup and second.recorded.seq == first.recorded.seq and second.object == first.object


def test_the_same_id_with_another_request_is_refused(cast: Cast) -> None:
    mid = uuid4()
    args = (cast.board.slug, cast.participant, mid, "fact", "Once", cast.zone().uid)
    with acting(RequestContext("a")):
        create_card(*args)
    with acting(RequestContext("b")), pytest.raises(KeyReused):
        create_card(*args)


def test_somebody_elses_id_answers_nothing_of_theirs(cast: Cast) -> None:
    mid = uuid4()
    create_card(cast.board.slug, cast.participant, mid, "fact", "Mine", cast.zone().uid)
    with pytest.raises(KeyReused):
        create_card(cast.board.slug, cast.facilitator, mid, "fact", "Mine", cast.zone().uid)


def test_strangers_find_nothing_and_observers_may_not_write(cast: Cast) -> None:
    for who, error in ((cast.stranger, NotFound), (cast.observer, Forbidden)):
        with pytest.raises(error):
            cast.card(by=who)


def test_an_archived_board_takes_no_cards(cast: Cast) -> None:
    cast.board.archived_at = cast.board.created_at
    cast.board.save()
    with pytest.raises(Archived):
        cast.card()


def test_fields_of_one_card_changed_by_two_people_merge(cast: Cast) -> None:
    card = cast.card()
    edit_card(card.uid, cast.participant, uuid4(), {"body": "New text"}, 1)
    done = edit_card(card.uid, cast.facilitator, uuid4(), {"kind": "guess"}, 1)
    assert (done.object.body, done.object.kind, done.object.version) == ("New text", "guess", 3)


def test_the_same_field_changed_since_is_a_conflict_with_both_texts(cast: Cast) -> None:
    card = cast.card()
    edit_card(card.uid, cast.participant, uuid4(), {"body": "Theirs"}, 1)
    with pytest.raises(Conflict) as refused:
        edit_card(card.uid, cast.facilitator, uuid4(), {"body": "Mine"}, 1)
    assert refused.value.extra == {"current": {"body": "Theirs", "version": 2}, "yours": {"body": "Mine"}}
    assert Card.objects.get().body == "Theirs"


def test_a_change_that_changes_nothing_is_still_one_event(cast: Cast) -> None:
    card = cast.card()
    before = last_event(cast).seq
    done = edit_card(card.uid, cast.participant, uuid4(), {"body": card.body}, 1)
    assert (done.recorded.seq, done.object.version) == (before + 1, 1)
    assert last_event(cast).data["changes"] == {}


def test_only_members_can_be_given_a_card(cast: Cast) -> None:
    card = cast.card()
    done = edit_card(card.uid, cast.participant, uuid4(), {"assignee": "observer"}, 1)
    assert done.object.assignee == cast.observer
    with pytest.raises(Invalid):
        edit_card(card.uid, cast.participant, uuid4(), {"assignee": "stranger"}, 2)


def test_moving_writes_one_row_and_keeps_the_others(cast: Cast) -> None:
    one, two, three = cast.card("1"), cast.card("2"), cast.card("3")
    move_card(three.uid, cast.participant, uuid4(), cast.zone().uid, one.uid, 1)
    assert list(Card.objects.in_order()) == [one, three, two]
    assert Card.objects.filter(version=1).count() == 2


def test_moving_after_a_card_that_is_elsewhere_means_the_end(cast: Cast) -> None:
    one, two = cast.card("1"), cast.card("2")
    parking = cast.zone("parking").uid
    assert move_card(one.uid, cast.participant, uuid4(), parking, two.uid, 1).placed == "end"


def test_a_stale_move_does_not_move_somebodys_card_back(cast: Cast) -> None:
    card = cast.card()
    move_card(card.uid, cast.participant, uuid4(), cast.zone("parking").uid, None, 1)
    with pytest.raises(Conflict):
        move_card(card.uid, cast.facilitator, uuid4(), cast.zone("resolved").uid, None, 1)
    assert Card.objects.get().zone == cast.zone("parking")


def test_a_foreign_zone_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid):
        move_card(cast.card().uid, cast.participant, uuid4(), uuid4(), None, 1)


def test_people_delete_their_own_and_facilitators_any(cast: Cast) -> None:
    card = cast.card(by=cast.facilitator)
    with pytest.raises(Forbidden):
        delete_card(card.uid, cast.participant, uuid4())
    delete_card(card.uid, cast.facilitator, uuid4())
    assert not Card.objects.on_board().exists()
    restore_card(card.uid, cast.facilitator, uuid4())
    assert Card.objects.on_board().exists()
