"""Scripts as a server for others sends them: collected, small, under hashed names; and the board is live."""

import re
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
BUDGET = 40_000  # bytes of JavaScript for a board, as sent over HTTPS
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css|svg)$")


def sent(url: str, encoding: str) -> int:
    with urlopen(Request(url, headers={"Accept-Encoding": encoding}), timeout=5) as answer:
        assert answer.headers["Content-Encoding"] == encoding, url
        assert "immutable" in answer.headers["Cache-Control"], url
        return len(answer.read())


def test_a_board_is_live_within_its_budget_of_bytes(enter: Callable[..., Page]) -> None:
    page = enter("participant")
    names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assets = {name for name in names if "/static/" in name}
    assert assets and all(HASHED.search(name) for name in assets)
    scripts = sorted(name for name in assets if name.endswith(".js"))
    total = {encoding: sum(sent(name, encoding) for name in scripts) for encoding in ("br", "gzip")}
    print(f"JavaScript of a board in {len(scripts)} files: {total['br']} B brotli, {total['gzip']} B gzip")
    assert total["br"] <= BUDGET
    page.fill("form.composer [name=body] >> nth=0", "Small and alive")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card:has-text('Small and alive')")
