"""A synthetic person at the front door of this server, as a browser without live or a program is."""

import http.client
import json
from typing import Any
from uuid import uuid4

from django.conf import settings

from board.operations.residents import Tenant

PATIENCE_SECONDS = 5.0  # longer than anybody waits
NO_ANSWER = 599
TOKEN = "r" * 32  # a CSRF cookie is whatever cookie and header agree on
BODY_BYTES = 4 * 1024 * 1024


class Visitor:
    """`address`: host and port on which this server listens."""

    def __init__(self, address: tuple[str, int], tenant: Tenant) -> None:
        self.address, self.tenant, self.version = address, tenant, tenant.version

    def read(self, headers: dict[str, str], path: str = "") -> int:
        """The plain page of the board, or another path; its status."""
        return self._ask("GET", path or f"/boards/{self.tenant.slug}/", headers)[0]

    def epoch(self) -> str:
        """Of the board's log, as a program names it; empty without an answer."""
        status, body = self._ask("GET", f"/api/v1/boards/{self.tenant.slug}", {})
        return str(json.loads(body)["epoch"]) if status == 200 else ""

    def edit(self, text: str, headers: dict[str, str], card: Tenant | None = None) -> tuple[int, Any]:
        """Their own card anew, or somebody's whose version they know; the status and what it says when it was taken."""
        told = {"body": text, "base_version": self.version}
        more = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        path = f"/api/v1/cards/{(card or self.tenant).card}"
        status, body = self._ask("PATCH", path, more | headers, json.dumps(told).encode())
        if status != 200:
            return status, None
        taken = json.loads(body)
        self.version = int(taken["card"]["version"])
        return status, taken

    def pulse(self, said: dict[str, Any], headers: dict[str, str]) -> int:
        """What a page tells of what is done on it this moment; the status."""
        more = {"Content-Type": "application/json"}
        return self._ask(
            "POST", f"/boards/{self.tenant.slug}/pulse/", more | headers, json.dumps(said).encode()
        )[0]

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, self.headers() | headers)
            answer = connection.getresponse()
            return answer.status, answer.read(BODY_BYTES)
        except (OSError, http.client.HTTPException):
            return NO_ANSWER, b""
        finally:
            connection.close()

    def headers(self) -> dict[str, str]:
        """Of each request of theirs."""
        cookies = {
            settings.SESSION_COOKIE_NAME: self.tenant.session,
            "who": self.tenant.who,
            "browser": f"browser-{self.tenant.username}",
            "csrftoken": TOKEN,
        }
        host = settings.PUBLIC_HOST or settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"
        scheme = "https" if settings.PRODUCTION else "http"
        made = {
            "Host": host,
            "Origin": f"{scheme}://{host}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": TOKEN,
            "Sec-Fetch-Site": "same-origin",
            "User-Agent": "Parley synthetic person",
        }
        if settings.TRUSTED_PROXIES:  # what the proxy in front of people says
            made |= {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "127.0.0.1"}
        return made
