from uuid import uuid4

import pytest

from board import operations as do
from board.operations.errors import Forbidden, Invalid, LastOwner, TooMany
from tests.support.cast import Cast


def add(cast: Cast, name: str, role: str = "observer") -> None:
    do.add_member(cast.board.slug, cast.facilitator, uuid4(), name, role)


def test_asking_for_names_is_limited_to_ten_a_minute(cast: Cast) -> None:
    for number in range(10):
        with pytest.raises(Invalid):
            add(cast, f"nobody-{number}")
    with pytest.raises(TooMany) as refused:
        add(cast, "stranger")
    assert refused.value.extra["retry_after"] >= 1


def test_facilitators_do_not_make_facilitators(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        add(cast, "stranger", "facilitator")


def test_the_last_owner_neither_leaves_nor_steps_down(cast: Cast) -> None:
    with pytest.raises(LastOwner):
        do.remove_member(cast.board.slug, cast.owner, uuid4(), "owner")
    with pytest.raises(LastOwner):
        do.change_role(cast.board.slug, cast.owner, uuid4(), "owner", "observer")
