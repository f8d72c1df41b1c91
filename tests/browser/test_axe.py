"""axe finds nothing on any page, light and dark, wide and narrow, and nothing scrolls sideways."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PAGES = [
    "",
    "settings/",
    "trash/",
    "activity/",
    "cards/move/",
    "sessions/",
    "/mentions/",
    "card",
    "/account/",
    "/account/password/",
    "/account/tokens/",
    "/boards/new/",
    "/",
    "/nowhere/",
]


COLOURS = ["slate", "blue", "green", "amber", "rose", "violet", "teal", "clay"]
CONTRAST = {"runOnly": ["color-contrast"]}


def faults(page: Page, path: str) -> list[str]:
    page.goto(path)
    found = [f"{path}: {fault['id']}" for fault in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found + ([f"{path}: scrolls sideways"] if wide else [])


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing(enter: Callable[..., Page], scheme: str, width: int) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page = enter("facilitator", **options, bypass_csp=True)  # axe itself is an injected script
    board = page.url
    card = page.locator("[data-card-menu]").first.get_attribute("href") or ""
    paths = [card if path == "card" else path if path.startswith("/") else board + path for path in PAGES]
    session = page.locator("[data-session]").get_attribute("data-session")
    paths += [f"{board}sessions/{session}/"]
    assert [fault for path in paths for fault in faults(page, path)] == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_before_signing_in(enter: Callable[..., Page], scheme: str, width: int) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page = enter("facilitator", **options, bypass_csp=True)
    page.goto(f"{page.url}settings/")
    page.click("button:has-text('Make a new link')")
    join = page.input_value(".link")
    found = faults(page, join)
    page.context.clear_cookies()
    paths = ["/accounts/login/", "/accounts/signup/", join]
    assert found + [fault for path in paths for fault in faults(page, path)] == []


def test_every_colour_is_readable_in_both_schemes(enter: Callable[..., Page]) -> None:
    page = enter("facilitator", viewport={"width": 1440, "height": 1400}, bypass_csp=True)
    page.locator("[data-card-talk]").first.click()
    page.wait_for_selector("#drawer[open]")
    page.emulate_media(reduced_motion="reduce")
    found = []
    for colour in COLOURS:
        for theme in ("light", "dark"):
            page.evaluate(
                "([c, t]) => Object.assign(document.documentElement.dataset, {colour: c, theme: t})",
                [colour, theme],
            )
            found += [
                (colour, theme, fault["nodes"][0]["html"][:80])
                for fault in Axe().run(page, options=CONTRAST).response["violations"]
            ]
    assert found == []


def test_the_longest_head_fits_a_phone(enter: Callable[..., Page]) -> None:
    page = enter("admin", viewport={"width": 360, "height": 740})
    page.goto("/account/")
    expect(page.get_by_role("link", name="Admin")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
