"""Real browsers on a real server. A console error, a page error or a CSP report fails the test."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.server import Server

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run", "--disable-quic"]
# One process for the tabs of a window, and none for the blank page before them: a process costs what a page costs.
FLAGS += ["--disable-site-isolation-trials", "--process-per-site"]
# It starts a process for menus that nobody opens, for each window anew.
FLAGS += [
    "--disable-features=PreloadTopChromeWebUI,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints"
]
# What a browser itself says when a server is gone or says no; the page's own words are elsewhere.
EXPECTED = ("Failed to load resource", "net::ERR_")
KEPT_BY_PAGES = "cookies,local_storage,indexeddb,cache_storage,service_workers"
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
    server = Server(small=True)
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


class Windows:
    """Browsers of their own, used again by the next test of a module: what they have loaded is still there."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.free: dict[str, list[BrowserContext]] = {}
        self.taken: list[tuple[str, BrowserContext]] = []

    def take(self, *, used: bool, **options: Any) -> BrowserContext:
        kind = json.dumps(options, sort_keys=True) if used else ""
        free = self.free.get(kind)
        context = free.pop() if free else self.browser.new_context(base_url=self.url, **options)
        self.taken.append((kind, context))
        return context

    def give_back(self) -> None:
        """As if new, but for the files that it keeps."""
        for kind, context in self.taken:
            pages = context.pages
            if not kind or not pages:
                context.close()
                continue
            pages[0].goto("about:blank")
            forgetting = context.new_cdp_session(pages[0])
            forgetting.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": KEPT_BY_PAGES})
            for page in pages:
                page.close()
            context.clear_cookies()
            self.free.setdefault(kind, []).append(context)
        self.taken.clear()


@pytest.fixture(scope="module")
def windows(browser: Browser, server: Server) -> Windows:
    return Windows(browser, server.url)


def forget_drafts(server: Server) -> None:
    """What a browser of the test before saved as it was left would stand in this one's fields."""
    with closing(sqlite3.connect(server.folder / "parley.sqlite3", timeout=20)) as connection, connection:
        connection.execute("DELETE FROM board_draft")


@pytest.fixture
def enter(windows: Windows, server: Server) -> Iterator[Callable[..., Page]]:
    """`enter("facilitator")`: a browser of its own with that person's board open.

    `used=False` for a test that changes the browser itself, by a script for each page or its clock. Its person wants
    little motion: to draw every frame of it is more work than all the rest. A test of motion asks for it."""
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("console", lambda message: complain(message.type, message.text))

    def complain(kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(EXPECTED) and "ERR_" not in text:
            complaints.append(text)

    def open_board(who: str, *, live: bool = True, used: bool = True, **options: Any) -> Page:
        context = windows.take(used=used, **{"reduced_motion": "reduce", **options})
        context.on("page", watch)
        watching.append(context)
        page = context.new_page()
        page.goto(sign_in(context, who))
        if live:
            page.wait_for_selector("#status[data-state=live]")
        return page

    watching: list[BrowserContext] = []
    forget_drafts(server)
    yield open_board
    for context in watching:
        context.remove_listener("page", watch)
    windows.give_back()
    assert complaints == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    return Path(__file__).resolve().parents[2] / "docs" / "screenshots"
