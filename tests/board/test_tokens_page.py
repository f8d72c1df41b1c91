"""The page of one's tokens."""

import re

import pytest
from django.test import Client

from board.models import ApiToken, token_hash
from board.operations.tokens import MOST, make_token
from tests.support.cast import Cast

PAGE = "/account/tokens/"
GOOD = {"name": "Nightly export", "limit": "read", "board": "", "days": "30"}


@pytest.fixture
def mine(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner)
    return client


def test_a_new_token_is_shown_once_and_its_text_is_in_no_other_page(cast: Cast, mine: Client) -> None:
    made = mine.post(PAGE, GOOD | {"board": cast.board.slug})
    assert (made.status_code, made["Location"], made.content) == (303, PAGE, b"")
    text = re.search(r'value="([\w-]{40,})" readonly', mine.get(PAGE).content.decode())[1]
    row = ApiToken.objects.get(token_hash=token_hash(text))
    assert (row.name, row.limit, row.board, row.user) == ("Nightly export", "read", cast.board, cast.owner)
    assert row.expires_at and 29 <= (row.expires_at - row.created_at).days <= 30
    for path in (PAGE, "/account/", "/", f"/boards/{cast.board.slug}/settings/"):
        page = mine.get(path)
        assert text not in page.content.decode() and text not in str(page.headers)
    assert "Nightly export" in mine.get(PAGE).content.decode()
    assert "no-store" in mine.get(PAGE)["Cache-Control"]


def test_the_text_is_not_shown_to_the_next_person_in_the_same_browser(cast: Cast, mine: Client) -> None:
    mine.post(PAGE, GOOD)
    mine.force_login(cast.stranger)
    assert b"readonly" not in mine.get(PAGE).content


def test_revoking_is_for_ones_own_tokens_only(cast: Cast, mine: Client) -> None:
    make_token(cast.owner, "mine")
    row = ApiToken.objects.get()
    stranger = Client()
    stranger.force_login(cast.stranger)
    assert stranger.post(f"{PAGE}{row.uid}/revoke/").status_code == 404
    assert b"mine" not in stranger.get(PAGE).content
    row.refresh_from_db()
    assert row.revoked_at is None
    for _twice in range(2):
        assert mine.post(f"{PAGE}{row.uid}/revoke/").status_code == 303
    row.refresh_from_db()
    assert row.revoked_at is not None and b"<b>mine" not in mine.get(PAGE).content


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "x" * 121},
        {"limit": "admin"},
        {"limit": ""},
        {"days": "1"},
        {"days": "-7"},
        {"days": "9" * 30},
        {"board": "no-such-board"},
    ],
)
def test_a_wrong_form_is_refused_in_words_and_kept(mine: Client, wrong: dict[str, str]) -> None:
    answer = mine.post(PAGE, GOOD | wrong)
    assert answer.status_code == 422 and b'role="alert"' in answer.content
    assert not ApiToken.objects.exists()
    assert "name" in wrong or b"Nightly export" in answer.content


def test_a_board_that_is_not_ones_own_cannot_be_chosen(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.stranger)
    assert client.post(PAGE, GOOD | {"board": cast.board.slug}).status_code == 422


def test_there_is_an_end_to_how_many_tokens_work(cast: Cast, mine: Client) -> None:
    for number in range(MOST):
        make_token(cast.owner, str(number))
    assert mine.post(PAGE, GOOD).status_code == 422
    ApiToken.objects.filter(name="7").delete()
    assert mine.post(PAGE, GOOD).status_code == 303


def test_signed_out_people_and_other_methods(cast: Cast, mine: Client) -> None:
    uid = "00000000-0000-4000-8000-000000000000"
    assert Client().get(PAGE).status_code == Client().post(PAGE, GOOD).status_code == 302
    assert Client().post(f"{PAGE}{uid}/revoke/").status_code == 302
    assert mine.put(PAGE).status_code == 405 == mine.get(f"{PAGE}{uid}/revoke/").status_code
    assert mine.post(f"{PAGE}{uid}/revoke/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.owner)
    assert strict.post(PAGE, GOOD).status_code == 403


def test_the_account_page_leads_there(mine: Client) -> None:
    assert f'href="{PAGE}"' in mine.get("/account/").content.decode()
