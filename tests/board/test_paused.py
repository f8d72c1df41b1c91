"""A page that is made while live is off says so, with the reason that somebody gave."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from safeguards import breakers, flags, kill, pressure
from safeguards.kernel.decision import Decision
from tests.board.addresses import client_of
from tests.support.cast import Cast


@pytest.fixture(autouse=True)
def given(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: True)
    monkeypatch.setattr("board.live.is_on", lambda feature, user_pk: True)


def page(cast: Cast) -> str:
    return client_of(cast, "participant").get(f"/boards/{cast.board.slug}/").text


def test_killed_with_its_reason(set_up: Cast) -> None:
    assert 'data-live="on"' in page(set_up)
    kill.on("<b>too hot</b> " + "x" * 500, "somebody")
    try:
        text = page(set_up)
    finally:
        kill.off("", "somebody")
        kill.forget()
    assert 'data-state="paused"' in text and 'data-live="off"' in text
    assert "switched off (&lt;b&gt;too hot&lt;/b&gt; x" in text and "x" * 200 not in text


def test_busy(set_up: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakers, "ask", lambda: Decision(False, "open", 3.0))
    assert "Paused by the server: it is busy" in page(set_up)


def test_without_the_flag_it_is_a_plain_page(set_up: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: False)
    monkeypatch.setattr("board.live.is_on", lambda feature, user_pk: False)
    kill.on("too hot", "somebody")
    try:
        assert "Plain page" in page(set_up)
    finally:
        kill.off("", "somebody")
        kill.forget()


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (1, "more slowly"),
        (2, "cursors and typing"),
        (3, "when you ask"),
        (4, "updates pause"),
        (5, "updates pause"),
    ],
)
def test_every_page_says_what_is_left_out(
    set_up: Cast, monkeypatch: pytest.MonkeyPatch, level: int, words: str
) -> None:
    member, stranger = client_of(set_up, "participant"), Client()
    board = f"/boards/{set_up.board.slug}/"
    monkeypatch.setattr(pressure, "level", lambda: level)
    assert "The server is busy:" not in member.get(board).text  # there the open stream tells it
    monkeypatch.setattr(flags, "is_on", lambda feature, user_pk: False)
    monkeypatch.setattr("board.live.is_on", lambda feature, user_pk: False)
    for client, path in [
        (member, board),
        (member, f"{board}activity/"),
        (member, "/"),
        (stranger, "/accounts/login/"),
    ]:
        text = client.get(path, follow=True).text
        assert "The server is busy:" in text and words in text, path


def test_at_level_0_no_page_says_anything(set_up: Cast) -> None:
    assert "The server is busy:" not in client_of(set_up, "participant").get("/").text
