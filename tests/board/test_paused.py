"""A page that is made while live is off says so, with the reason that somebody gave."""

from pathlib import Path
from typing import Any

import pytest

from safeguards import breakers, flags, kill
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
