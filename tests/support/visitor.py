"""A browser without a page: it has cookies, loads pages, opens a stream with them and sends pulses and forms."""

import json
import re
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.support.server import Server
from tests.support.streams import Reader


class Visitor:
    def __init__(self, server: Server, who: str) -> None:
        self.server, self.jar = server, CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))
        self.opener.open(f"{server.url}/accounts/login/").close()
        page = self.send("/demo/enter/", who=who, next="/")
        self.slug = re.findall(r"/boards/([a-z0-9-]+)/", page)[-1]

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    def load(self, path: str, **headers: str) -> tuple[HTTPMessage, str]:
        """A page, with the headers that it came with."""
        with self.opener.open(Request(self.server.url + path, headers=headers), timeout=10) as answer:
            return answer.headers, answer.read().decode()

    def send(self, path: str, **fields: str) -> str:
        """A form; the page that follows it."""
        form = urlencode(fields | {"csrfmiddlewaretoken": self.cookies["csrftoken"]})
        with self.opener.open(self.server.url + path, form.encode(), timeout=10) as page:
            return page.read().decode()

    def stream(self) -> Reader:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return Reader(self.server.port, f"/boards/{self.slug}/stream/", {"Cookie": cookie})

    def pulse(self, body: Any = None, method: str = "POST", **headers: str) -> int:
        data = (
            body
            if isinstance(body, bytes)
            else json.dumps(body or {"kind": "focus", "anchor": "card-1"}).encode()
        )
        lines = {"X-CSRFToken": self.cookies["csrftoken"], "Content-Type": "application/json", **headers}
        url = f"{self.server.url}/boards/{self.slug}/pulse/"
        try:
            request = Request(url, data if method == "POST" else None, lines, method=method)
            with self.opener.open(request, timeout=10) as answer:
                return answer.status
        except HTTPError as error:
            with error:
                return error.code
