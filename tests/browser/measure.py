"""How a board of 1,000 cards feels while colleagues change it: `python -m tests.browser.measure` prints figures."""

import json
import shutil
import threading
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, NAMES
from tests.support.server import Server
from tests.support.streams import Client

CARDS = 1000
TYPED = "Everything that I know about it, and what I only believe, in one long and unhurried sentence."
COMPOSER = ".zone--active .composer textarea"
WATCH = """() => {
  window.long = []; window.slow = []; window.shown = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => Math.round(one.duration))))
    .observe({ type: "longtask" });
  new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "event", durationThreshold: 16 });
  let pressed = 0;
  addEventListener("keydown", (event) => event.key === "Enter" && (pressed = performance.now()), true);
  new MutationObserver(() => pressed && (window.shown.push(performance.now() - pressed), (pressed = 0)))
    .observe(document.querySelector(".zone--active .cards"), { childList: true });
}"""
TAKE = """() => { const [long, slow, shown] = [window.long, window.slow, window.shown];
  window.long = []; window.slow = []; window.shown = []; return { long, slow, shown }; }"""


def fill(client: Client) -> list[Any]:
    zone = client.board()["zones"][0]["id"]
    path = f"/api/v1/boards/{client.slug}/cards"
    return [
        client.json("POST", path, {"kind": "fact", "body": f"Card number {number} of many", "zone": zone})
        for number in range(CARDS)
    ]


class Colleague(threading.Thread):
    """Changes five cards a second."""

    def __init__(self, client: Client, cards: list[Any]) -> None:
        super().__init__(daemon=True)
        self.client, self.cards, self.over = client, cards, threading.Event()

    def run(self) -> None:
        for number, made in enumerate(self.cards):
            if self.over.wait(0.2):
                return
            path = f"/api/v1/cards/{made['card']['id']}"
            self.client.json("PATCH", path, {"body": f"Changed {number}", "base_version": 1})


def figures(page: Page, act: Any) -> dict[str, Any]:
    page.evaluate(TAKE)
    act()
    page.wait_for_timeout(400)
    found = page.evaluate(TAKE)
    slow = sorted(found["slow"])
    return {
        "long tasks, ms": found["long"],
        "events over 16 ms": len(slow),
        "slowest event, ms": slow[-1] if slow else 0,
        **({"own change shown, ms": [round(one, 1) for one in found["shown"]]} if found["shown"] else {}),
    }


def walk(page: Page) -> dict[str, Any]:
    def typing() -> None:
        page.locator(COMPOSER).press_sequentially(TYPED, delay=30)

    def sending() -> None:
        for number in range(5):
            page.fill(COMPOSER, f"Own {number}")
            page.press(COMPOSER, "Enter")
            page.wait_for_timeout(500)

    def scrolling() -> None:
        for _ in range(30):
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(60)

    def editing() -> None:
        card = page.locator("#zones .card[data-card]").nth(500)
        card.scroll_into_view_if_needed()
        card.locator("[data-card-menu]").click()
        page.click("#card-menu [data-action=edit]")
        card.locator("form.editor textarea").press_sequentially(TYPED, delay=30)

    acts = {"typing": typing, "sending": sending, "scrolling": scrolling, "editing": editing}
    return {name: figures(page, act) for name, act in acts.items()}


def main() -> None:
    server = Server(LIMITS="wide")
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    try:
        pia, cards = Client(server, "demo-admin"), fill(Client(server, "demo-facilitator"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
            page.goto("/accounts/login/")
            page.click("button:has-text('Enter as participant')")
            page.click(".boards__one a")
            page.wait_for_selector("#status[data-state=live]")
            page.evaluate(WATCH)
            colleague = Colleague(pia, cards)
            colleague.start()
            for name, found in walk(page).items():
                print(json.dumps({name: found}))
            colleague.over.set()
            colleague.join()
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
