"""One synthetic resident: reads a board and edits a card, through the front door, as a browser without live does."""

import http.client
import json
from uuid import uuid4

from django.conf import settings

from board.operations.residents import Tenant

PATIENCE_SECONDS = 5.0  # longer than anybody waits; then it is a failure
TOKEN = "r" * 32  # a CSRF cookie is whatever cookie and header agree on
BODY_BYTES = 4 * 1024 * 1024


class NotLetIn(Exception):
    """Turned away by name: their session or their board is gone, which says nothing about how the server is."""


class Resident:
    """`address`: host and port on which this server listens."""

    def __init__(self, address: tuple[str, int], tenant: Tenant) -> None:
        self.address, self.tenant, self._version = address, tenant, tenant.version

    def read(self) -> bool:
        """The plain page; whether it came. Raises NotLetIn."""
        status, _body = self._ask("GET", f"/boards/{self.tenant.slug}/", {"Sec-Fetch-Dest": "document"})
        return self._came(status)

    def write(self) -> bool:
        """The text of their card anew; whether it was taken. Raises NotLetIn."""
        told = {"body": f"Edited in turn {uuid4()}", "base_version": self._version}
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        status, body = self._ask(
            "PATCH", f"/api/v1/cards/{self.tenant.card}", headers, json.dumps(told).encode()
        )
        came = self._came(status)
        if came:
            self._version = int(json.loads(body)["card"]["version"])
        return came

    def _came(self, status: int) -> bool:
        # 429 and 503 are the limits' own words, but those who did nothing wrong must not hear them.
        if 300 <= status < 500 and status != 429:
            raise NotLetIn(str(status))
        return 200 <= status < 300

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, bytes]:
        """Status and body; 599 without an answer."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body, self._headers() | headers)
            answer = connection.getresponse()
            return answer.status, answer.read(BODY_BYTES)
        except (OSError, http.client.HTTPException):
            return 599, b""
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        """No cause is named: a gesture of theirs would count as one of people's, and make R look smaller."""
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
            "User-Agent": "Parley synthetic resident",
        }
        if settings.TRUSTED_PROXIES:  # what the proxy in front of people says
            made |= {"X-Forwarded-Proto": scheme, "X-Forwarded-For": "127.0.0.1"}
        return made
