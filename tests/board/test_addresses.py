"""Every address for every role."""

from copy import deepcopy

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.board.addresses import ROLES, TABLE, ask, client_of
from tests.support.cast import Cast


@pytest.fixture
def set_up(furniture: Cast, db: None) -> Cast:
    return deepcopy(furniture)


@pytest.mark.parametrize("path", TABLE)
@pytest.mark.parametrize("role", ROLES)
def test_every_address_for_every_role(set_up: Cast, path: str, role: str) -> None:
    method, statuses, fields = TABLE[path]
    response = ask(client_of(set_up, role), set_up, path, method, fields)
    assert response.status_code == statuses[ROLES.index(role)], response.getvalue()[:300]
    other = "POST" if method == "GET" else "GET"
    if (
        role == "owner"
        and 501 not in statuses
        and path not in {"cards/{card}/", "cards/", "cards/move/", "sessions/", "sessions/?"}
    ):
        assert ask(client_of(set_up, role), set_up, path, other, fields).status_code == 405


def test_the_table_knows_every_address_of_a_board() -> None:
    board = next(
        p
        for p in get_resolver().url_patterns
        if isinstance(p, URLResolver) and "<str:slug>" in str(p.pattern)
    )
    routes = {
        str(p.pattern).replace("uuid:", "").replace("str:", "")
        for p in board.url_patterns
        if isinstance(p, URLPattern)
    }
    known = {
        path.replace("{", "<").replace("}", ">").replace("members/observer", "members/<username>")
        for path in TABLE
        if not path.endswith("?")
    }
    assert routes == known


@pytest.mark.parametrize("role", ["stranger", "observer"])
def test_who_may_not_hears_that_and_nothing_of_the_form(set_up: Cast, role: str) -> None:
    client, told = client_of(set_up, role), {}
    for path, (method, statuses, _fields) in TABLE.items():
        promised = statuses[ROLES.index(role)]
        if method == "POST" and promised in {403, 404}:
            response = ask(client, set_up, path, method, {"base_version": "x", "zone": "x"})
            if response.status_code != promised:
                told[path] = response.status_code
    assert told == {}
