"""What every browser test does on a board."""

from playwright.sync_api import Locator, Page, expect


def card(page: Page, text: str) -> Locator:
    return page.locator("#zones .card:not(.is-own)", has_text=text)


def jot(page: Page, text: str, kind: str = "fact") -> None:
    """A card in the zone one is in, by keys alone."""
    page.keyboard.press(kind[0])
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(card(page, text)).to_be_visible()
    page.keyboard.press("Escape")


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
