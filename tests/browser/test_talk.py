"""The drawer beside the board: replies, marks, links and outcomes, live for everybody."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]


def open_drawer(page: Page, number: int) -> None:
    page.locator(f'#zones [data-number="{number}"] .card__no').click()
    expect(page.locator("#drawer")).to_be_visible()


def test_a_reply_appears_in_the_other_persons_drawer(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    for page in (mona, jonas):
        open_drawer(page, 1)
    mona.locator("[data-reply-composer] textarea").fill("Who told you, @demo-participant?")
    mona.keyboard.press("Enter")
    expect(jonas.locator("#drawer .reply").last).to_contain_text("Who told you")
    expect(jonas.locator("#unseen")).to_have_text(re.compile(r"[1-9]"))
    expect(mona.locator("#drawer .reply.is-own")).to_have_count(0)


def test_a_mark_is_given_and_taken_back(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    open_drawer(jonas, 5)
    agree = jonas.locator('#drawer [data-reaction-form="agree"] button')
    agree.click()
    expect(mona.locator('#zones [data-number="5"] [data-reaction="agree"]')).to_have_text("Agree 1")
    expect(agree).to_have_attribute("aria-pressed", "true")
    agree.click()
    expect(mona.locator('#zones [data-number="5"] [data-reaction="agree"]')).to_have_count(0)


def test_resolving_moves_the_card_and_undo_brings_it_back(enter: Enter) -> None:
    mona, jonas = enter("facilitator"), enter("participant")
    open_drawer(mona, 8)
    mona.locator("#drawer summary", has_text="Resolve").click()
    mona.locator("#drawer [name=statement]").fill("The retries doubled it.")
    mona.keyboard.press("Enter")
    resolved = jonas.locator(".zone--resolved [data-number='8']")
    expect(resolved).to_contain_text("The retries doubled it.")
    mona.locator(".toast [data-do]", has_text="Undo").click()
    expect(jonas.locator(".zone--active [data-number='8']")).to_be_visible()
    expect(mona.locator("#drawer .outcomes__old")).to_contain_text("The retries doubled it.")


def test_a_draft_of_a_reply_survives_closing_and_reloading(enter: Enter) -> None:
    mona = enter("facilitator")
    open_drawer(mona, 5)
    mona.locator("[data-reply-composer] textarea").fill("Half a thought")
    mona.keyboard.press("Escape")
    expect(mona.locator("#drawer")).to_be_hidden()
    mona.reload()
    open_drawer(mona, 5)
    expect(mona.locator("[data-reply-composer] textarea")).to_have_value("Half a thought")


def test_half_a_sentence_of_an_outcome_survives_a_reload(enter: Enter) -> None:
    mona = enter("facilitator")
    card = mona.locator("#zones .zone--active .card").first
    number = card.get_attribute("data-number")

    def field() -> Any:
        mona.locator(f"#zones .card[data-number='{number}'] .card__no").click()
        return mona.locator("#drawer form[data-verb=resolve] [name=statement]")

    statement = field()
    mona.locator("#drawer summary", has_text="Resolve").click()
    statement.fill("It ended like this")
    mona.reload()
    statement = field()
    expect(statement).to_have_value("It ended like this")
    expect(statement).to_be_visible()
    statement.press("Enter")
    expect(mona.locator(f".zone--resolved .card[data-number='{number}']")).to_contain_text(
        "It ended like this"
    )
    mona.reload()
    expect(field()).to_have_value("")
