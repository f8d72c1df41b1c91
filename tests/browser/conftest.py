"""Real browsers on a real server. A console error, a page error or a CSP report fails the test."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.server import Server

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run", "--disable-quic"]
# It starts a process for menus that nobody opens, for each window anew.
FLAGS += [
    "--disable-features=PreloadTopChromeWebUI,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints"
]
# What a browser itself says when a server is gone or says no; the page's own words are elsewhere.
EXPECTED = ("Failed to load resource", "net::ERR_")
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")  # its event loop must be gone before other tests run theirs
def browser() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def sign_in(context: BrowserContext, who: str) -> str:
    """Where that person's first board is. The form is sent without showing it: most tests are about the board."""
    shown = context.request.get("/accounts/login/").text()
    form = next(part for part in shown.split("<form") if f"Enter as {who}<" in part)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    boards = context.request.post(find(r'action="([^"]+)"', form), form=fields).text()
    return find(r'boards__one"><a href="([^"]+)"', boards)


def find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text[:500]
    return found[1]


@pytest.fixture
def enter(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """`enter("facilitator")`: a browser of its own with that person's board open."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("console", lambda message: complain(message.type, message.text))

    def complain(kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(EXPECTED) and "ERR_" not in text:
            complaints.append(text)

    def open_board(who: str, *, live: bool = True, **options: Any) -> Page:
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        context.on("page", watch)
        page = context.new_page()
        page.goto(sign_in(context, who))
        if live:
            page.wait_for_selector("#status[data-state=live]")
        return page

    yield open_board
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    return Path(__file__).resolve().parents[2] / "docs" / "screenshots"
