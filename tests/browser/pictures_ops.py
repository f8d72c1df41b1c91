"""The operators' pages in a calm hour, during a rollout, and when a tester's page has run away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.camera import enter, rounds
from tests.browser.test_rollout import AMPLIFIED, CALM, FLAG, REHEARSED, add, rollbacks, sealed
from tests.support.server import Server, until

RESIDENT_MS = 3000  # the page shows what it was last told; charts begin with the second value


def shoot(browser: Browser, server: Server) -> None:
    server.manage("shell", "-v0", "-c", CALM)
    flag_page = f"/admin/safeguards/flag/{server.manage('shell', '-v0', '-c', FLAG).splitlines()[-1]}/change/"
    take(browser, server, {"ops-calm": "/ops/", "flag-calm": flag_page})
    plain = somebody(browser, server, "admin", java_script_enabled=False)
    with plain as admin, somebody(browser, server, "facilitator") as tester:
        admin.goto(flag_page)
        server.manage("shell", "-v0", "-c", REHEARSED)
        take(browser, server, {"flag-rehearsed": flag_page})
        add(admin, "demo-facilitator")
        tester.goto("/")
        tester.click(".boards__one a >> nth=0")
        tester.wait_for_selector("#status[data-state=live]")
        tester.wait_for_timeout(RESIDENT_MS)
        take(browser, server, {"ops-rollout": "/ops/", "flag-rollout": flag_page})
        tester.evaluate(AMPLIFIED)
        until(lambda: rollbacks(server), 10, "the rollback")
        until(lambda: sealed(server), 20, "the bag")
        admin.goto("/ops/incidents/")
        incident = admin.locator("a.incidents__one >> nth=0").get_attribute("href") or ""
    shown = {"ops-incident": "/ops/", "flag-incident": flag_page, "incidents": "/ops/incidents/"}
    shown |= {"incident": incident, "runbook": "/ops/runbooks/rollback/", "bags": "/ops/bags/"}
    take(browser, server, shown | {"bag": f"/ops/bags/{sealed(server)[0]}/"})


def take(browser: Browser, server: Server, shown: dict[str, str]) -> None:
    for camera, context in rounds(browser, server):
        page = enter(context, "admin")
        for name, path in shown.items():
            page.goto(path)
            page.wait_for_timeout(RESIDENT_MS if name.startswith("ops") else 0)
            camera.take(page, name)


@contextmanager
def somebody(browser: Browser, server: Server, who: str, **options: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, **options)
    yield enter(context, who)
    context.close()
