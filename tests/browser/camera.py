"""A page as it is shown, in every size and scheme."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.server import ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
SIZES = {"wide": (1440, 900), "phone": (360, 740)}
SCHEMES = ("light", "dark")
QUALITY = 62  # of JPEG: 40 kB a picture


def enter(context: BrowserContext, who: str) -> Page:
    page = context.new_page()
    page.goto("/accounts/login/")
    page.click(f"button:has-text('Enter as {who}')")
    page.wait_for_url(lambda url: "login" not in url)
    return page


class Camera:
    def __init__(self, folder: Path, size: str, scheme: str) -> None:
        self.folder, self.end = folder, f"{size}-{scheme}.jpg"
        self.limit = {"wide": 1400, "phone": 1480}[size]

    def take(self, page: Page, name: str, path: str = "") -> None:
        if path:
            page.goto(path)
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready")
        if page.locator("#board[data-live=on]").count():
            page.wait_for_selector("#status[data-state=live]")
        height = min(self.limit, page.evaluate("document.documentElement.scrollHeight"))
        size = {"x": 0, "y": 0, "width": (page.viewport_size or {"width": 0})["width"], "height": height}
        path = str(self.folder / f"{name}-{self.end}")
        page.screenshot(path=path, type="jpeg", quality=QUALITY, full_page=True, clip=size)


def rounds(browser: Browser, server: Server) -> Iterator[tuple[Camera, BrowserContext]]:
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                base_url=server.url, viewport={"width": width, "height": height}, color_scheme=scheme
            )
            yield Camera(FOLDER, size, scheme), context
            context.close()
