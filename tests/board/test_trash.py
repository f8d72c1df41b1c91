"""What was deleted waits in the trash for those who may bring it back."""

from uuid import uuid4

from board import operations as do
from tests.board.addresses import ask, client_of
from tests.support.cast import Cast


def test_a_deleted_reply_waits_in_the_trash(set_up: Cast) -> None:
    reply, facilitator = set_up.__dict__["reply_uid"], client_of(set_up, "facilitator")
    do.delete_reply(reply, set_up.facilitator, uuid4())
    restore = f"replies/{reply}/restore/"
    assert restore in ask(facilitator, set_up, "trash/", "GET", {}).text
    assert restore not in ask(client_of(set_up, "observer"), set_up, "trash/", "GET", {}).text
    assert ask(facilitator, set_up, "cards/{card}/replies/{reply}/restore/", "POST", {}).status_code == 303
    assert restore not in ask(facilitator, set_up, "trash/", "GET", {}).text
