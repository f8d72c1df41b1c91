"""Somebody with a session on a drilled server, as a page's script or as the page itself."""

import http.client
import json
import re
from typing import Any
from uuid import uuid4

from board.proof.reader import Reader

# Run by the server's own `manage.py shell`.
SIGNED_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from board.models import Board, Membership, User
from safeguards.identity import make_who
import json
board, made = Board.objects.order_by("pk").first(), []
first = User.objects.filter(username__startswith="drill-").count()
for number in range(first, first + {count}):
    user = User.objects.create_user(f"drill-{{number}}", password=None)
    Membership.objects.create(board=board, user=user, role="participant")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    made.append((user.username, session.session_key, make_who(user.pk, session.session_key)))
print(json.dumps({{"slug": board.slug, "people": made}}))
"""

OWN_BOARD = """
from uuid import uuid4
from board.models import Membership, User
from board.operations.boards import create_board
owner, *others = [User.objects.get(username=name) for name in {names}]
board = create_board(owner, uuid4(), "Of " + owner.username, "{template}").object
for other in others:
    Membership.objects.create(board=board, user=other, role="participant")
print(board.slug)
"""


class Person:
    """Somebody with a session, as a page's script or as the page itself. `opened` keeps the streams, `acknowledged`
    the cards that the server said it has."""

    def __init__(
        self,
        port: int,
        slug: str,
        name: str,
        session: str,
        who: str,
        opened: list[Reader] | None = None,
        acknowledged: list[str] | None = None,
    ) -> None:
        self.port, self.slug, self.name = port, slug, name
        self.cookies = {"sessionid": session, "browser": f"browser-{name}", "who": who}
        self._opened = [] if opened is None else opened
        self.acknowledged: list[str] = [] if acknowledged is None else acknowledged
        self._zone = ""

    def headers(self, browser: str = "", **more: str) -> dict[str, str]:
        cookies = self.cookies | ({"browser": browser} if browser else {})
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "Sec-Fetch-Site": "same-origin",
            **more,
        }

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if method != "GET" and "csrftoken" not in self.cookies:
            self.page()
        own = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            data = json.dumps(body).encode() if body is not None else None
            more = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())} if data else {}
            own.request(method, path, data, self.headers(**more, **(headers or {})))
            answer = own.getresponse()
            for name, value in re.findall(
                r"(who|csrftoken)=([^;]+)", str(answer.headers.get_all("set-cookie"))
            ):
                self.cookies[name] = value
            return answer.status, answer.read()
        finally:
            own.close()

    def page(self, headers: dict[str, str] | None = None) -> int:
        """The plain page of the board; its status."""
        return self.ask("GET", f"/boards/{self.slug}/", headers=headers)[0]

    def board(self) -> Any:
        return json.loads(self.ask("GET", f"/api/v1/boards/{self.slug}")[1])

    def add(self, text: str, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        self._zone = self._zone or self.board()["zones"][0]["id"]
        body = {"kind": "fact", "body": text, "zone": self._zone}
        status, answer = self.ask("POST", f"/api/v1/boards/{self.slug}/cards", body, headers)
        made: Any = json.loads(answer) if answer else None
        if status == 201:
            self.acknowledged.append(made["card"]["id"])
        return status, made

    def stream(self, browser: str = "", query: str = "") -> Reader:
        reader = Reader(self.port, f"/boards/{self.slug}/stream/{query}", self.headers(browser))
        self._opened.append(reader)
        return reader
