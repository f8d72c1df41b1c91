"""Every page as people see it, into docs/screenshots/: `make screenshots`. To be looked at; nothing is asserted."""

import json
import shutil
from uuid import uuid4

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import pictures_ops
from tests.browser.camera import FOLDER, Camera, enter, rounds
from tests.browser.conftest import FLAGS, NAMES
from tests.support.server import ROOT, Server
from tests.support.streams import Client

CARDS = 150  # on the full board
KINDS = ("topic", "question", "claim", "fact", "guess", "opinion")
WORDS = (
    "The pool was at its limit two minutes before the first alert. Nobody looked at that graph, "
    "because nothing had ever pointed at it."
)
BOARD = {
    "board": "",
    "card": "cards/{card}/",
    "sessions": "sessions/",
    "activity": "activity/",
    "trash": "trash/",
    "settings": "settings/",
    "move-many": "cards/move/",
}
PERSON = {
    "list": "/",
    "list-archived": "/?archived=1",
    "new": "/boards/new/",
    "mentions": "/mentions/",
    "account": "/account/",
    "password": "/account/password/",
    "tokens": "/account/tokens/",
    "missing": "/boards/nothing/",
}
DOOR = {"sign-in": "/accounts/login/", "sign-up": "/accounts/signup/"}


def fill(client: Client) -> str:
    """A board with many cards; its slug."""
    made = client.json("POST", "/api/v1/boards", {"name": "A long week, many thoughts"})
    for number in range(CARDS):
        body = {"kind": KINDS[number % 6], "body": WORDS[: 20 + number * 37 % 100]}
        zone = made["zones"][(number % 7) % len(made["zones"])]["id"]
        client.json("POST", f"/api/v1/boards/{made['slug']}/cards", body | {"zone": zone})
    return str(made["slug"])


def sign_up(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/accounts/signup/")
    page.fill("[name=username]", f"new-{uuid4().hex[:8]}")
    for name in ("password1", "password2"):
        page.fill(f"[name={name}]", "correct horse battery")
    page.click("main form button")
    return page


def shoot(camera: Camera, context: BrowserContext, slug: str, full: str, card: str) -> None:
    page = context.new_page()
    for name, path in DOOR.items():
        camera.take(page, name, path)
    newcomer = sign_up(context)
    camera.take(newcomer, "list-empty", "/")
    newcomer.goto("/boards/new/")
    newcomer.fill("[name=name]", "Our first board")
    newcomer.click("main form button.btn--primary")
    camera.take(newcomer, "board-empty")
    context.clear_cookies()
    page = enter(context, "facilitator")
    for name, path in PERSON.items():
        camera.take(page, name, path)
    for name, path in BOARD.items():
        camera.take(page, name, f"/boards/{slug}/{path.format(card=card)}")
    camera.take(page, "board-full", f"/boards/{full}/")
    page.goto(f"/boards/{slug}/sessions/")
    page.click("main .facts a")
    camera.take(page, "session")
    page.goto(f"/boards/{slug}/settings/")
    page.click("form[action$='/invites/'] button")
    link = page.locator("input.link").input_value()
    camera.take(page, "settings-link")
    camera.take(page, "join", link)
    page.goto(f"/boards/{slug}/")
    page.wait_for_selector("#status[data-state=live]")
    page.locator(f"#card-{card} .card__no").click()
    page.wait_for_selector("#drawer[open] .detail")
    camera.take(page, "drawer")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    camera.take(page, "keys")
    context.clear_cookies()
    camera.take(enter(context, "participant"), "forbidden", "/admin/")
    context.clear_cookies()
    page = enter(context, "admin")
    page.goto("/admin/safeguards/flag/")
    camera.take(page, "flag", page.locator("#result_list tbody th a").first.get_attribute("href") or "")
    page.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    server = Server(LIMITS="wide")
    try:
        mona = Client(server, "demo-facilitator")
        full = fill(mona)
        card = mona.board()["zones"][0]["cards"][0]["id"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for camera, context in rounds(browser, server):
                shoot(camera, context, mona.slug, full, card)
            pictures_ops.shoot(browser, server)
            browser.close()
    finally:
        server.stop()
    found = sorted(FOLDER.glob("*.jpg"))
    told = {"pictures": len(found), "kB": sum(path.stat().st_size for path in found) // 1000}
    print(json.dumps(told), "in", FOLDER.relative_to(ROOT))


if __name__ == "__main__":
    main()
