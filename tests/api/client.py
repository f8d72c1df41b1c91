"""A small program that talks to the API, and a reader of its answers."""

import json
import secrets
from typing import Any
from uuid import uuid4

from django.test import Client

from board.models import ApiToken, User, token_hash

ROOT = "/api/v1/"


class Answer:
    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        content = response.getvalue()  # an export comes in pieces
        self.body: Any = json.loads(content) if content else None

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def __repr__(self) -> str:
        return f"{self.status} {self.body}"


class Api:
    """Sends JSON with a new Idempotency-Key for every write, unless told otherwise."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def with_token(cls, user: User) -> "Api":
        token = secrets.token_urlsafe(16)
        ApiToken.objects.create(user=user, name="test", token_hash=token_hash(token))
        return cls(token)

    @classmethod
    def with_session(cls, user: User) -> "Api":
        api = cls()
        api.client.force_login(user)
        return api

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.raw(method, path, raw, **options)

    def raw(
        self,
        method: str,
        path: str,
        raw: bytes = b"",
        *,
        key: Any = None,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        own = {"Idempotency-Key": str(key or uuid4())} if method not in {"GET", "HEAD"} and key != "" else {}
        every = {**self.headers, **own, **(headers or {})}
        return Answer(self.client.generic(method, ROOT + path, raw, content_type, headers=every))

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)
